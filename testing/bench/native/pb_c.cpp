// pb_c.cpp: the functions of bench_c.h, bound with pybind11.
#include <pybind11/pybind11.h>
#include "bench_c.h"

PYBIND11_MODULE(pb_c, m)
{
    m.def("noop", &noop);
    m.def("add", &add);
    m.def("dadd", &dadd);
    m.def("text_length", &text_length);     // const char * takes bytes here
    m.def("sum6", &sum6);
}
