// nb_c.cpp: the functions of bench_c.h, bound with nanobind.
#include <nanobind/nanobind.h>
#include "bench_c.h"

NB_MODULE(nb_c, m)
{
    m.def("noop", &noop);
    m.def("add", &add);
    m.def("dadd", &dadd);
    m.def("text_length", [](nanobind::bytes text) { return text_length(text.c_str()); });
    m.def("sum6", &sum6);
}
