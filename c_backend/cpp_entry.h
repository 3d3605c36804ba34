/* cpp_entry.h: what cpp_entry.cpp and cpp_plain.cpp share: results, new objects.

   Of the C++ part (cpp_part.h).  Include after cpp_native.h and cpp_method.h. */
#ifndef CPP_ENTRY_H
#define CPP_ENTRY_H

#include "core.h"

#include <new>
#include <string>

/* A result that came back in a register. */
COMPAT_ALWAYS_INLINE PyObject *entry_box(cpp_method *self, cpp_candidate *candidate, call_regs_value *value,
                                         PyObject *owner)
{
    switch (candidate->result_mode) {
    case CPP_RESULT_VOID:
        return Py_NewRef(Py_None);
    case CPP_RESULT_INT:
        return cpp_runtime_int(self->owner->runtime, static_cast<int>(value->integer));
    case CPP_RESULT_DOUBLE:
        return PyFloat_FromDouble(value->real);
    default:
        return cpp_candidate_box(candidate, value, owner, (self->flags & CPP_METHOD_CREATES) != 0);
    }
}

/* Room for a std::string that C++ constructs, or does not. */
struct entry_string {
    alignas(std::string) char place[sizeof(std::string)];

    /* As a str; destroys the string. */
    PyObject *box(cpp_candidate *candidate)
    {
        auto string = std::launder(reinterpret_cast<std::string *>(place));
        const char *text = string->data();
        size_t size = string->size(), at = 0;
        uint64_t bits = 0;

        for (; at + 8 <= size; at += 8) {
            uint64_t eight;
            memcpy(&eight, text + at, 8);
            bits |= eight;
        }
        for (; at < size; at++)
            bits |= static_cast<unsigned char>(text[at]);
        PyObject *result;
        if (COMPAT_LIKELY(size > 1 && (bits & UINT64_C(0x8080808080808080)) == 0)) {
            result = PyUnicode_New(static_cast<Py_ssize_t>(size), 127);
            if (COMPAT_LIKELY(result != nullptr))
                memcpy(PyUnicode_DATA(result), text, size);
        }
        else        /* CPython has the shortest ones already */
            result = candidate->result->ops->load(candidate->result, place, nullptr);
        string->~basic_string();
        return result;
    }
};

/* The class of a result by value whose objects need no care of cpp_method.c; nullptr for others. */
COMPAT_ALWAYS_INLINE cpp_class *entry_result_class(const cpp_candidate *candidate)
{
    auto cls = reinterpret_cast<cpp_class *>(candidate->result->class_);

    return cls != nullptr && (cls->flags & (CPP_CLASS_PLAIN | CPP_CLASS_VIEW)) == CPP_CLASS_PLAIN &&
           cls->to_python == nullptr ? cls : nullptr;
}

/* The proxy of an object that was just constructed in this memory. */
COMPAT_ALWAYS_INLINE PyObject *entry_own(cpp_class *cls, void *memory)
{
    PyObject *self = cpp_instance_new_empty(cls);

    if (COMPAT_UNLIKELY(self == nullptr || cpp_instance_adopt(reinterpret_cast<cpp_instance *>(self), cls, memory) < 0)) {
        if (cls->destroy != nullptr)
            cls->destroy(memory);
        Py_XDECREF(self);
        return nullptr;
    }
    return self;
}

#endif
