/* cpp_plain.cpp: one function for each of the commonest signatures, see cpp_plain.h.

   A signature is a list of `Integer` and `Real`, or one `Object`.  All integers go as int64_t, as
   call_regs.h says, so `int f(short, long)` and `void f(bool, size_t)` share a
   function.  Neighbours: cpp_entry.cpp (all other signatures), cpp_method.c. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_method.h"
#include "cpp_plain.h"
#include "cpp_entry.h"

#include <tuple>
#include <utility>

#if CALL_REGS_AVAILABLE

namespace {

constexpr size_t MOST_ARGUMENTS = 3;

/* ---- arguments: they run no code of Python's ------------------------------------- */

struct Integer {
    using type = int64_t;

    static bool read(const cpp_argument &argument, PyObject *value, type *result)
    {
        return cpp_convert_small_int(value, result) && *result >= argument.low && *result <= argument.high;
    }
};

struct Real {
    using type = double;

    static bool read(const cpp_argument &, PyObject *value, type *result)
    {
        int64_t small;

        if (COMPAT_LIKELY(PyFloat_CheckExact(value))) {
            *result = PyFloat_AS_DOUBLE(value);
            return true;
        }
        if (!cpp_convert_small_int(value, &small))
            return false;
        *result = static_cast<double>(small);
        return true;
    }
};

/* An object of exactly the class that is wanted, not a derived one or a part. */
struct Object {
    using type = void *;

    static bool read(const cpp_argument &argument, PyObject *value, type *result)
    {
        const cpp_type *type = argument.type->kind == CPP_CLASS ? argument.type : argument.type->target;
        auto object = reinterpret_cast<cpp_instance *>(value);

        if (reinterpret_cast<PyObject *>(Py_TYPE(value)) != type->class_ || !(object->flags & CPP_SIMPLE))
            return false;
        *result = object->address;
        return true;
    }
};

/* The values of the arguments of one call. */
template <class... Arguments>
struct Values {
    std::tuple<typename Arguments::type...> values;

    COMPAT_ALWAYS_INLINE bool read(const cpp_candidate *candidate, PyObject *const *args)
    {
        return read_all(candidate, args, std::index_sequence_for<Arguments...>());
    }

    template <size_t... I>
    COMPAT_ALWAYS_INLINE bool read_all(const cpp_candidate *candidate, PyObject *const *args, std::index_sequence<I...>)
    {
        (void)candidate, (void)args;
        return (Arguments::read(candidate->arguments[I], args[I], &std::get<I>(values)) && ...);
    }

    /* Around the call (step 1, then -1): an object among them stays meanwhile. */
    COMPAT_ALWAYS_INLINE void use(cpp_candidate *candidate, PyObject *const *args, int step) const
    {
        if constexpr ((std::is_same<Arguments, Object>::value || ...))
            cpp_candidate_use(candidate, args, step);
        else
            (void)candidate, (void)args, (void)step;
    }

    /* Calls it with these arguments behind those given. */
    template <class Result, class... First>
    COMPAT_ALWAYS_INLINE Result call(void (*function)(void), First... first) const
    {
        return std::apply([&](auto... value) {
            return reinterpret_cast<Result (*)(First..., typename Arguments::type...)>(function)(first..., value...);
        }, values);
    }
};

/* ---- results -------------------------------------------------------------------------- */

struct Returned {
    /* Before the call; false: it goes the other way.  After one that threw. */
    bool prepare(const cpp_candidate *) { return true; }
    void abandon() {}
};

struct InGeneral : Returned {   /* void, integers, pointers */
    template <class... Arguments, class... First>
    COMPAT_ALWAYS_INLINE void call(const Values<Arguments...> &values, void (*function)(void), First... first)
    {
        value.integer = values.template call<int64_t>(function, first...);
    }

    COMPAT_ALWAYS_INLINE PyObject *box(cpp_method *self, cpp_candidate *candidate, PyObject *owner)
    {
        return entry_box(self, candidate, &value, owner);
    }

    call_regs_value value;
};

struct InVector : Returned {    /* float is the low half of the same register */
    template <class... Arguments, class... First>
    COMPAT_ALWAYS_INLINE void call(const Values<Arguments...> &values, void (*function)(void), First... first)
    {
        value.real = values.template call<double>(function, first...);
    }

    COMPAT_ALWAYS_INLINE PyObject *box(cpp_method *self, cpp_candidate *candidate, PyObject *owner)
    {
        return candidate->result_mode == CPP_RESULT_DOUBLE ? PyFloat_FromDouble(value.real)
                                                           : entry_box(self, candidate, &value, owner);
    }

    call_regs_value value;
};

struct InMemory : Returned {    /* std::string: a wrapper is given the place for it first */
    template <class... Arguments, class... First>
    COMPAT_ALWAYS_INLINE void call(const Values<Arguments...> &values, void (*function)(void), First... first)
    {
        values.template call<void>(function, static_cast<void *>(string.place), first...);
    }

    PyObject *box(cpp_method *, cpp_candidate *candidate, PyObject *)
    {
        return string.box(candidate);
    }

    entry_string string;
};

struct InProxy {                /* an object by value: likewise, in memory that its proxy owns */
    bool prepare(const cpp_candidate *candidate)
    {
        cls = entry_result_class(candidate);
        memory = cls == nullptr ? nullptr : ::operator new(static_cast<size_t>(cls->size), std::nothrow);
        return memory != nullptr;
    }

    void abandon() { ::operator delete(memory); }

    template <class... Arguments, class... First>
    COMPAT_ALWAYS_INLINE void call(const Values<Arguments...> &values, void (*function)(void), First... first)
    {
        values.template call<void>(function, memory, first...);
    }

    PyObject *box(cpp_method *, cpp_candidate *, PyObject *)
    {
        return entry_own(cls, memory);
    }

    cpp_class *cls;
    void *memory;
};

/* ---- calls ------------------------------------------------------------------------------ */

/* false: it threw, and *error tells what. */
template <class Result, class... Arguments, class... First>
COMPAT_ALWAYS_INLINE bool plain_call(Result *result, cpp_guard_error *error, const Values<Arguments...> &values,
                                     void (*function)(void), First... first)
{
    try {
        result->call(values, function, first...);
        return true;
    }
    catch (...) {
        cpp_guard_catch(error);
    }
    result->abandon();
    return false;
}

/* Where the method's class lies in an object of it or of the class that was seen last; nullptr for all others, parts
   of objects among them. */
COMPAT_ALWAYS_INLINE char *plain_object(cpp_method *self, cpp_instance *owner)
{
    Py_ssize_t offset = 0;

    if (COMPAT_UNLIKELY(Py_TYPE(owner) != reinterpret_cast<PyTypeObject *>(self->owner))) {
        const cpp_site *site = CPP_LOAD_POINTER(self->sites);
        if (site == nullptr || Py_TYPE(owner) != reinterpret_cast<PyTypeObject *>(site->cxx) || site->cast->is_virtual)
            return nullptr;
        offset = site->cast->offset;
    }
    return COMPAT_LIKELY(owner->flags & CPP_SIMPLE) ? static_cast<char *>(owner->address) + offset : nullptr;
}

COMPAT_NOINLINE PyObject *plain_raise(cpp_runtime *runtime, cpp_guard_error *error)
{
    cpp_candidate_raise(runtime, error);
    return nullptr;
}

template <class Result, class... Arguments>
PyObject *plain_method(PyObject *callable, cpp_candidate *candidate, PyObject *const *args, size_t nargsf)
{
    auto self = reinterpret_cast<cpp_method *>(callable);
    auto owner = reinterpret_cast<cpp_instance *>(args[0]);
    Values<Arguments...> values;
    Result result;
    cpp_guard_error error;

    char *object = plain_object(self, owner);
    if (COMPAT_UNLIKELY(object == nullptr || !values.read(candidate, args + 1) || !result.prepare(candidate)))
        return cpp_entry_framed_method(callable, candidate, args, nargsf);
    object += candidate->adjust;
    void (*function)(void) = candidate->function;
    if (candidate->slot >= 0)
        memcpy(&function, *reinterpret_cast<char **>(object) + candidate->slot, sizeof function);
    CPP_ADD(owner->uses, 1);            /* SIMPLE, so it lies in nothing, but may be found to while the call runs */
    values.use(candidate, args + 1, 1);
    bool done = plain_call(&result, &error, values, function, static_cast<void *>(object));
    values.use(candidate, args + 1, -1);
    cpp_instance_use(args[0], -1);
    return COMPAT_LIKELY(done) ? result.box(self, candidate, reinterpret_cast<PyObject *>(owner))
                               : plain_raise(self->owner->runtime, &error);
}

template <class Result, class... Arguments>
PyObject *plain_function(PyObject *callable, cpp_candidate *candidate, PyObject *const *args, size_t nargsf)
{
    auto self = reinterpret_cast<cpp_method *>(callable);
    Values<Arguments...> values;
    Result result;
    cpp_guard_error error;

    if (COMPAT_UNLIKELY(!values.read(candidate, args) || !result.prepare(candidate)))
        return cpp_entry_framed_function(callable, candidate, args, nargsf);
    values.use(candidate, args, 1);
    bool done = plain_call(&result, &error, values, candidate->function);
    values.use(candidate, args, -1);
    return COMPAT_LIKELY(done) ? result.box(self, candidate, nullptr) : plain_raise(self->owner->runtime, &error);
}

template <class... Arguments>
PyObject *plain_class(PyObject *callable, cpp_candidate *candidate, PyObject *const *args, size_t nargsf)
{
    auto cls = reinterpret_cast<cpp_class *>(callable);
    Values<Arguments...> values;
    InGeneral result;
    cpp_guard_error error;

    if (COMPAT_UNLIKELY(!values.read(candidate, args)))
        return cpp_entry_framed_class(callable, candidate, args, nargsf);
    void *memory = ::operator new(static_cast<size_t>(cls->size), std::nothrow);
    if (COMPAT_UNLIKELY(memory == nullptr))
        return PyErr_NoMemory();
    values.use(candidate, args, 1);
    bool done = plain_call(&result, &error, values, candidate->function, memory);
    values.use(candidate, args, -1);
    if (COMPAT_LIKELY(done))
        return entry_own(cls, memory);
    ::operator delete(memory);
    return plain_raise(cls->runtime, &error);
}

/* ---- the choice ----------------------------------------------------------------------------- */

template <class Result, class... Arguments>
cpp_candidate_call *choose_call(cpp_plain_kind kind)
{
    return kind == CPP_PLAIN_METHOD ? plain_method<Result, Arguments...> : plain_function<Result, Arguments...>;
}

template <class... Arguments>
cpp_candidate_call *choose_result(const cpp_candidate *candidate, cpp_plain_kind kind)
{
    if (kind == CPP_PLAIN_CLASS)
        return plain_class<Arguments...>;
    if (candidate->result_mode >= CPP_RESULT_STORAGE) {
        if constexpr (sizeof...(Arguments) <= 1)
            return candidate->result_mode == CPP_RESULT_STORAGE ? choose_call<InMemory, Arguments...>(kind)
                                                                : choose_call<InProxy, Arguments...>(kind);
        else
            return nullptr;
    }
    return candidate->shape.result == CALL_REGS_INTEGER ? choose_call<InGeneral, Arguments...>(kind)
                                                        : choose_call<InVector, Arguments...>(kind);
}

/* NULL: no function was made for this signature. */
template <class... Arguments>
cpp_candidate_call *choose(const cpp_candidate *candidate, cpp_plain_kind kind)
{
    constexpr size_t known = sizeof...(Arguments);

    if (candidate->count == static_cast<short>(known))
        return choose_result<Arguments...>(candidate, kind);
    if constexpr (known < MOST_ARGUMENTS) {
        switch (candidate->arguments[known].shortcut) {
        case CPP_PASS_INT:
            return choose<Arguments..., Integer>(candidate, kind);
        case CPP_PASS_DOUBLE:
            return choose<Arguments..., Real>(candidate, kind);
        case CPP_PASS_OBJECT:
            if constexpr (known == 0) {
                if (candidate->count == 1)
                    return choose_result<Object>(candidate, kind);
            }
        }
    }
    return nullptr;
}

}  // namespace

extern "C" cpp_candidate_call *cpp_plain_choose(const cpp_candidate *candidate, cpp_plain_kind kind)
{
    static cpp_candidate_call *const framed[] = {cpp_entry_framed_method, cpp_entry_framed_function,
                                                 cpp_entry_framed_class};
    bool has_this = (candidate->flags & CPP_CANDIDATE_THIS) != 0;

    if (!cpp_candidate_is_fast(candidate))
        return nullptr;
    cpp_candidate_call *call = has_this == (kind != CPP_PLAIN_FUNCTION) ? choose<>(candidate, kind) : nullptr;
    return call != nullptr ? call : framed[kind];
}

#else

extern "C" cpp_candidate_call *cpp_plain_choose(const cpp_candidate *, cpp_plain_kind)
{
    return nullptr;
}

#endif
