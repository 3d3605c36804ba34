/* cpp_entry.cpp: the hot calls: obj.f(x), f(x), Class(x).

   Compiled as C++ so that the try block stands round the call itself.  An entry
   finds the candidate and jumps to its function: one of cpp_plain.cpp for its very
   signature, or one of those here.  What is not plain (keywords, overloads seen first,
   arguments that need memory, results by value) goes to cpp_method.c and
   cpp_construct.c, which do everything.  Where no C++ compiler was found those are
   called at once. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_signals.h"
#include "cpp_candidate.h"
#include "cpp_method.h"
#include "cpp_plain.h"
#include "cpp_entry.h"

#if CALL_REGS_AVAILABLE

namespace {

/* Whether all arguments are plain.  Else an error may be set, and the long way says it again, or does better. */
COMPAT_ALWAYS_INLINE bool entry_convert(cpp_method *self, cpp_candidate *candidate, PyObject *const *args,
                                             call_regs_frame *frame)
{
    const unsigned int *destroyed = &self->owner->runtime->destroyed, before = *destroyed;

    for (Py_ssize_t i = 0; i < candidate->count; i++) {
        cpp_argument *argument = &candidate->arguments[i];
        char *place = reinterpret_cast<char *>(frame) + argument->place;
        int status;
        switch (argument->shortcut) {
        case CPP_PASS_INT:
            status = cpp_candidate_as_integer(argument, args[i], reinterpret_cast<int64_t *>(place));
            break;
        case CPP_PASS_DOUBLE:
            status = cpp_convert_as_double(argument->type, args[i], reinterpret_cast<double *>(place));
            break;
        case CPP_PASS_OBJECT: {
            cpp_type *type = argument->type->kind == CPP_CLASS ? argument->type : argument->type->target;
            auto object = reinterpret_cast<cpp_instance *>(args[i]);
            if (reinterpret_cast<PyObject *>(Py_TYPE(args[i])) != type->class_ || !(object->flags & CPP_SIMPLE))
                return false;
            *reinterpret_cast<void **>(place) = object->address;
            continue;
        }
        default:
            status = argument->type->ops->argument(argument->type, args[i], place, nullptr, nullptr);
        }
        if (COMPAT_UNLIKELY(status < 0))
            return false;
    }
    /* An object may have been destroyed by the conversion of an argument behind it. */
    return COMPAT_LIKELY(*destroyed == before);
}

/* false: threw, and the Python exception is set. */
COMPAT_ALWAYS_INLINE bool entry_invoke(cpp_method *self, cpp_candidate *candidate, void (*function)(void),
                                       const call_regs_frame *frame, call_regs_value *value)
{
    cpp_guard_error error;

    try {
        call_regs_invoke(candidate->shape, function, frame, value);
        return true;
    }
    catch (...) {
        cpp_guard_catch(&error);
    }
    cpp_candidate_raise(self->owner->runtime, &error);
    return false;
}

/* Around the call (step 1, then -1). */
COMPAT_ALWAYS_INLINE void entry_use(cpp_candidate *candidate, PyObject *owner, PyObject *const *args, int step)
{
    if (owner != nullptr)
        cpp_instance_use(owner, step);
    if (candidate->has_objects)
        cpp_candidate_use(candidate, args, step);
}

COMPAT_ALWAYS_INLINE PyObject *entry_finish(cpp_method *self, cpp_candidate *candidate, void *object,
                                            PyObject *owner, PyObject *const *args, call_regs_frame *frame)
{
    void (*function)(void) = cpp_candidate_target(candidate, frame, object);
    call_regs_value value;

    entry_use(candidate, owner, args, 1);
    bool done = entry_invoke(self, candidate, function, frame, &value);
    entry_use(candidate, owner, args, -1);
    return COMPAT_LIKELY(done) ? entry_box(self, candidate, &value, owner) : nullptr;
}

/* The same for a result that C++ constructs where it is told to. */
COMPAT_NOINLINE PyObject *entry_finish_in_memory(cpp_method *self, cpp_candidate *candidate, void *object,
                                                 PyObject *owner, PyObject *const *args, call_regs_frame *frame)
{
    void (*function)(void) = cpp_candidate_target(candidate, frame, object);
    auto cls = candidate->result_mode == CPP_RESULT_OBJECT ? reinterpret_cast<cpp_class *>(candidate->result->class_)
                                                           : nullptr;
    call_regs_value value;
    entry_string string;
    void *memory = cls == nullptr ? string.place : ::operator new(static_cast<size_t>(cls->size), std::nothrow);

    if (memory == nullptr)
        return PyErr_NoMemory();
    frame->g[0] = static_cast<int64_t>(reinterpret_cast<intptr_t>(memory));
    entry_use(candidate, owner, args, 1);
    bool done = entry_invoke(self, candidate, function, frame, &value);
    entry_use(candidate, owner, args, -1);
    if (COMPAT_LIKELY(done))
        return cls == nullptr ? string.box(candidate) : entry_own(cls, memory);
    if (cls != nullptr)
        ::operator delete(memory);
    return nullptr;
}

/* Results by value of classes that need more care. */
COMPAT_ALWAYS_INLINE bool entry_leaves_result(const cpp_candidate *candidate)
{
    return COMPAT_UNLIKELY(candidate->result_mode == CPP_RESULT_OBJECT) && entry_result_class(candidate) == nullptr;
}

/* The candidate that overload resolution chose for these types, if it is fast. */
COMPAT_ALWAYS_INLINE cpp_candidate *entry_recall(cpp_method *self, PyObject *const *args, Py_ssize_t count)
{
    cpp_candidate *candidate = cpp_method_recall(self, args, count);

    return candidate != nullptr && candidate->call != nullptr ? candidate : nullptr;
}

}  // namespace

/* ---- candidates that cpp_plain.cpp has no function for ------------------------------- */

extern "C" PyObject *cpp_entry_framed_method(PyObject *callable, cpp_candidate *candidate, PyObject *const *args,
                                             size_t nargsf)
{
    auto self = reinterpret_cast<cpp_method *>(callable);
    call_regs_frame frame;

    if (COMPAT_UNLIKELY(entry_leaves_result(candidate) || !entry_convert(self, candidate, args + 1, &frame))) {
        PyErr_Clear();          /* another overload, or the long way, may take it */
        return cpp_method_vectorcall(callable, args, nargsf, nullptr);
    }
    /* After the arguments, whose conversion may have destroyed it. */
    void *object = cpp_instance_cast(self->owner, &self->sites, args[0]);
    if (COMPAT_UNLIKELY(object == nullptr))
        return nullptr;
    return COMPAT_LIKELY(candidate->result_mode < CPP_RESULT_STORAGE)
               ? entry_finish(self, candidate, object, args[0], args + 1, &frame)
               : entry_finish_in_memory(self, candidate, object, args[0], args + 1, &frame);
}

extern "C" PyObject *cpp_entry_framed_function(PyObject *callable, cpp_candidate *candidate, PyObject *const *args,
                                               size_t nargsf)
{
    auto self = reinterpret_cast<cpp_method *>(callable);
    call_regs_frame frame;

    if (COMPAT_UNLIKELY(entry_leaves_result(candidate) || !entry_convert(self, candidate, args, &frame))) {
        PyErr_Clear();
        return cpp_method_function_vectorcall(callable, args, nargsf, nullptr);
    }
    return COMPAT_LIKELY(candidate->result_mode < CPP_RESULT_STORAGE)
               ? entry_finish(self, candidate, nullptr, nullptr, args, &frame)
               : entry_finish_in_memory(self, candidate, nullptr, nullptr, args, &frame);
}

extern "C" PyObject *cpp_entry_framed_class(PyObject *callable, cpp_candidate *candidate, PyObject *const *args,
                                            size_t nargsf)
{
    auto cls = reinterpret_cast<cpp_class *>(callable);
    auto constructor = reinterpret_cast<cpp_method *>(cls->constructor);
    call_regs_frame frame;
    call_regs_value value;

    if (COMPAT_UNLIKELY(!entry_convert(constructor, candidate, args, &frame))) {
        PyErr_Clear();
        return cpp_construct_vectorcall(callable, args, nargsf, nullptr);
    }
    void *memory = ::operator new(static_cast<size_t>(cls->size), std::nothrow);
    if (memory == nullptr)
        return PyErr_NoMemory();
    if (COMPAT_UNLIKELY(candidate->has_objects))
        cpp_candidate_use(candidate, args, 1);
    bool done = entry_invoke(constructor, candidate, cpp_candidate_target(candidate, &frame, memory), &frame, &value);
    if (COMPAT_UNLIKELY(candidate->has_objects))
        cpp_candidate_use(candidate, args, -1);
    if (!done) {
        ::operator delete(memory);
        return nullptr;
    }
    return entry_own(cls, memory);
}

/* ---- the vectorcall of methods, functions and classes ------------------------------------ */

extern "C" PyObject *cpp_entry_method(PyObject *callable, PyObject *const *args, size_t nargsf,
                                      PyObject *keyword_names)
{
    auto self = reinterpret_cast<cpp_method *>(callable);
    Py_ssize_t count = PyVectorcall_NARGS(nargsf) - 1;

    if (COMPAT_UNLIKELY(static_cast<size_t>(count) >= CPP_METHOD_DIRECT || keyword_names != nullptr ||
                        cpp_signals_everywhere))
        return cpp_method_vectorcall(callable, args, nargsf, keyword_names);
    cpp_candidate *candidate = self->fast[count];
    if (candidate == nullptr && (candidate = entry_recall(self, args + 1, count)) == nullptr)
        return cpp_method_vectorcall(callable, args, nargsf, nullptr);
    return candidate->call(callable, candidate, args, nargsf);
}

extern "C" PyObject *cpp_entry_function(PyObject *callable, PyObject *const *args, size_t nargsf,
                                        PyObject *keyword_names)
{
    auto self = reinterpret_cast<cpp_method *>(callable);
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);

    if (COMPAT_UNLIKELY(count >= CPP_METHOD_DIRECT || keyword_names != nullptr || cpp_signals_everywhere))
        return cpp_method_function_vectorcall(callable, args, nargsf, keyword_names);
    cpp_candidate *candidate = self->fast[count];
    if (candidate == nullptr && (candidate = entry_recall(self, args, count)) == nullptr)
        return cpp_method_function_vectorcall(callable, args, nargsf, nullptr);
    return candidate->call(callable, candidate, args, nargsf);
}

/* Only where the class's memory is plain. */
extern "C" PyObject *cpp_entry_class(PyObject *callable, PyObject *const *args, size_t nargsf,
                                     PyObject *keyword_names)
{
    auto cls = reinterpret_cast<cpp_class *>(callable);
    auto constructor = reinterpret_cast<cpp_method *>(cls->constructor);
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);

    if (COMPAT_UNLIKELY(!(cls->flags & CPP_CLASS_PLAIN) || keyword_names != nullptr || count >= CPP_METHOD_DIRECT ||
                        cpp_signals_everywhere))
        return cpp_construct_vectorcall(callable, args, nargsf, keyword_names);
    cpp_candidate *candidate = constructor->fast[count];
    if (candidate == nullptr && (candidate = entry_recall(constructor, args, count)) == nullptr)
        return cpp_construct_vectorcall(callable, args, nargsf, nullptr);
    return candidate->call(callable, candidate, args, nargsf);
}

#else

extern "C" PyObject *cpp_entry_method(PyObject *callable, PyObject *const *args, size_t nargsf,
                                      PyObject *keyword_names)
{
    return cpp_method_vectorcall(callable, args, nargsf, keyword_names);
}

extern "C" PyObject *cpp_entry_function(PyObject *callable, PyObject *const *args, size_t nargsf,
                                        PyObject *keyword_names)
{
    return cpp_method_function_vectorcall(callable, args, nargsf, keyword_names);
}

extern "C" PyObject *cpp_entry_class(PyObject *callable, PyObject *const *args, size_t nargsf,
                                     PyObject *keyword_names)
{
    return cpp_construct_vectorcall(callable, args, nargsf, keyword_names);
}

#endif
