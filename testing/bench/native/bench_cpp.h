// bench_cpp.h: the class that every contestant of bench_cpp.py binds.
#ifndef BENCH_CPP_H
#define BENCH_CPP_H

#include <string>
#include <vector>

class Counter {
public:
    Counter(int start = 0) : value(start), weight(0.5) {}

    void touch() {}
    int get() const { return value; }
    int add(int a) { return value + a; }
    double scale(double a, double b) { return weight * a + b; }
    int add3(int a, int b, int c) { return value + a + b + c; }
    virtual int twice(int a) { return 2 * a; }
    virtual ~Counter() {}

    // The overload that takes a double is not the first.
    int pick(const char *) { return 1; }
    int pick(int) { return 2; }
    int pick(double) { return 3; }

    std::string name() const { return "a counter"; }
    int measure(const std::string &text) { return static_cast<int>(text.size()); }

    int value;
    double weight;
    inline static int total = 0;
};

// What Python overrides.
class Answer {
public:
    virtual ~Answer() {}
    virtual int answer(int a) const { return a; }
    virtual double weigh(double a, double b) const { return a + b; }
};

inline int ask(const Answer &who, int times)
{
    int sum = 0;
    for (int i = 0; i < times; i++)
        sum += who.answer(i);
    return sum;
}

inline double weigh(const Answer &who, int times)
{
    double sum = 0;
    for (int i = 0; i < times; i++)
        sum += who.weigh(i, sum);
    return sum;
}

inline int total(const std::vector<int> &numbers)
{
    int sum = 0;
    for (int number : numbers)
        sum += number;
    return sum;
}

inline std::vector<int> numbers(int count)
{
    return std::vector<int>(count, 7);
}

#endif
