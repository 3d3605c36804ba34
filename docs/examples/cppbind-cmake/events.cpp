// events.cpp: what events.h declares.
#include "events.h"

double events::Event::total() const
{
    double sum = 0;
    for (double energy : m_energies)
        sum += energy;
    return sum;
}
