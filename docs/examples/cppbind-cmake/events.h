// events.h: the library that the example makes a Python package of; events.cpp defines it.
#pragma once
#include <string>
#include <vector>

namespace events {

/// A list of energies with a name.
class Event {
public:
    explicit Event(const std::string &name) : m_name(name) {}
    void add(double energy) { m_energies.push_back(energy * EVENTS_SCALE); }
    double total() const;       // defined in the library
    const std::string &name() const { return m_name; }

private:
    std::string m_name;
    std::vector<double> m_energies;
};

class Internal {};

}  // namespace events
