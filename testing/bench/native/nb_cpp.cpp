// nb_cpp.cpp: class Counter, bound with nanobind.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <nanobind/trampoline.h>
#include "bench_cpp.h"

namespace nb = nanobind;

struct PyAnswer : Answer {
    NB_TRAMPOLINE(Answer, 2);
    int answer(int a) const override { NB_OVERRIDE(answer, a); }
    double weigh(double a, double b) const override { NB_OVERRIDE(weigh, a, b); }
};

NB_MODULE(nb_cpp, m)
{
    nb::class_<Counter>(m, "Counter")
        .def(nb::init<int>(), nb::arg("start") = 0)
        .def("touch", &Counter::touch)
        .def("get", &Counter::get)
        .def("add", &Counter::add)
        .def("scale", &Counter::scale)
        .def("add3", &Counter::add3)
        .def("twice", &Counter::twice)
        .def("pick", nb::overload_cast<const char *>(&Counter::pick))
        .def("pick", nb::overload_cast<int>(&Counter::pick))
        .def("pick", nb::overload_cast<double>(&Counter::pick))
        .def("name", &Counter::name)
        .def("measure", &Counter::measure)
        .def_rw("value", &Counter::value)
        .def_rw("weight", &Counter::weight)
        .def_rw_static("total", &Counter::total);
    nb::class_<Answer, PyAnswer>(m, "Answer")
        .def(nb::init<>())
        .def("answer", &Answer::answer)
        .def("weigh", &Answer::weigh);
    m.def("ask", &ask);
    m.def("weigh", &weigh);
    m.def("total", &total);
}
