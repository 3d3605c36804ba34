// pb_cpp.cpp: class Counter, bound with pybind11.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include "bench_cpp.h"

namespace py = pybind11;

struct PyAnswer : Answer {
    int answer(int a) const override { PYBIND11_OVERRIDE(int, Answer, answer, a); }
    double weigh(double a, double b) const override { PYBIND11_OVERRIDE(double, Answer, weigh, a, b); }
};

PYBIND11_MODULE(pb_cpp, m)
{
    py::class_<Counter>(m, "Counter")
        .def(py::init<int>(), py::arg("start") = 0)
        .def("touch", &Counter::touch)
        .def("get", &Counter::get)
        .def("add", &Counter::add)
        .def("scale", &Counter::scale)
        .def("add3", &Counter::add3)
        .def("twice", &Counter::twice)
        .def("pick", py::overload_cast<const char *>(&Counter::pick))
        .def("pick", py::overload_cast<int>(&Counter::pick))
        .def("pick", py::overload_cast<double>(&Counter::pick))
        .def("name", &Counter::name)
        .def("measure", &Counter::measure)
        .def_readwrite("value", &Counter::value)
        .def_readwrite("weight", &Counter::weight)
        .def_readwrite_static("total", &Counter::total);
    py::class_<Answer, PyAnswer>(m, "Answer")
        .def(py::init<>())
        .def("answer", &Answer::answer)
        .def("weigh", &Answer::weigh);
    m.def("ask", &ask);
    m.def("weigh", &weigh);
    m.def("total", &total);
}
