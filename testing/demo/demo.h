// demo.h: the C++ classes of the demo's third part, see cpp_mode.py.
#ifndef DEMO_H
#define DEMO_H

#include <stdexcept>
#include <string>

// A class with a default argument, methods and public data.
class MyClass {
public:
    MyClass(int i = 5) : m_myint(i) { ++s_instances; }
    MyClass(const MyClass &other) : m_myint(other.m_myint) { ++s_instances; }
    ~MyClass() { --s_instances; }

    int GetMyInt() { return m_myint; }
    void SetMyInt(int i) { m_myint = i; }
    std::string Describe(const std::string &prefix = "value") const
    {
        return prefix + " " + std::to_string(m_myint);
    }

    int m_myint;
    static int s_instances;             // static data
    static const char *s_label;
};

inline int MyClass::s_instances = 0;
inline const char *MyClass::s_label = "first";

inline int InstancesInCpp() { return MyClass::s_instances; }

// The diamond: where A lies within B and C is known at run time only.
struct A { virtual ~A() {} int m_a = 1; double m_da = 1.1; };
struct B : virtual A { int m_b = 2; double m_db = 2.2; };
struct C : virtual A { int m_c = 3; double m_dc = 3.3; };
struct D : virtual B, virtual C { int m_d = 4; double m_dd = 4.4; };

inline int SumInCpp(const D &d) { return d.m_a + d.m_b + d.m_c + d.m_d; }
// The distance in bytes from a C to its A, which differs between a C and the C within a D.
inline long OffsetOfA(const C &c)
{
    return reinterpret_cast<const char *>(static_cast<const A *>(&c)) - reinterpret_cast<const char *>(&c);
}

// A global object and a global pointer.
inline MyClass the_object(17);
inline MyClass the_other(23);
inline MyClass *the_pointer = &the_object;

inline int PointedValue() { return the_pointer ? the_pointer->m_myint : -1; }
inline void PointToOther() { the_pointer = &the_other; }

// Counts values in bins of equal width; what lies outside is counted too.
class Histogram {
public:
    Histogram(int bins, double low, double high) : m_bins(bins), m_low(low), m_high(high)
    {
        if (bins < 1 || bins > 1000)
            throw std::invalid_argument("a histogram has 1 to 1000 bins");
    }

    void Fill(double value, double weight = 1.0)
    {
        ++m_entries;
        m_sum += value * weight;
        int bin = value < m_low ? 0 : value >= m_high ? m_bins + 1
                : 1 + static_cast<int>((value - m_low) / (m_high - m_low) * m_bins);
        m_contents[bin] += weight;
    }
    double Content(int bin) const { return m_contents[bin]; }
    double Mean() const { return m_entries ? m_sum / m_entries : 0; }

    int m_bins;
    double m_low, m_high;
    long m_entries = 0;

private:
    double m_sum = 0;
    double m_contents[1002] = {};
};

#endif
