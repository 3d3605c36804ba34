/* call_entries.c: the entries of the path `regs`.

   A call reads bind_arguments, invoke, box_result.  The entries are a few
   templates, specialised for the commonest plans; whatever they do not expect
   (a list for a pointer, an int beyond a word, an error) runs the careful
   entry, which handles all of it, out of line.  A fast entry may start over,
   because until then it has only looked at ints, floats, bytes and cdata, and
   run no Python code.

   Neighbours: call_plan.c decides, call_bind.c binds by all the rules, call.c
   makes the callables that run these entries. */
#include "call.h"
#include "cdata.h"
#include "call_plan.h"
#include "call_entries.h"
#include "convert.h"

/* --- bind_arguments ------------------------------------------------------- */

/* An int of more than one digit.  PyLong_Check(value) holds, so nothing of the
   value's own runs. */
static COMPAT_NOINLINE int call_read_wide_integer(PyObject *value, int64_t *result)
{
    int overflow;

    *result = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow == 0;
}

/* An int within a machine word, without running any code of the value. */
static COMPAT_ALWAYS_INLINE int call_read_integer(PyObject *value, int64_t *result)
{
    Py_ssize_t small;

    if (COMPAT_UNLIKELY(!PyLong_Check(value)))
        return 0;
    if (COMPAT_UNLIKELY(!compat_small_int(value, &small)))
        return call_read_wide_integer(value, result);
    *result = small;
    return 1;
}

static COMPAT_ALWAYS_INLINE int call_read_real(PyObject *value, double *result)
{
    int64_t integer;

    if (COMPAT_LIKELY(PyFloat_CheckExact(value))) {
        *result = PyFloat_AS_DOUBLE(value);
        return 1;
    }
    if (!call_read_integer(value, &integer))
        return 0;
    *result = (double)integer;
    return 1;
}

/* The pointers that need no look at the rules: bytes for a char pointer, and
   cdata of the very type. */
static COMPAT_ALWAYS_INLINE int call_read_pointer(ctype *type, PyObject *value, char **result)
{
    PyTypeObject *class = Py_TYPE(value);
    core_state *state = type->state;
    ctype *given;

    if (class == &PyBytes_Type) {
        *result = PyBytes_AS_STRING(value);
        /* Not each byte is a _Bool. */
        return ((type->item->flags & CTYPE_IS_CHAR_LIKE) &&
                type->item->class_ != CTYPE_CLASS_BOOL) || (type->flags & CTYPE_IS_VOID_PTR);
    }
    if (class != CORE_TYPE(state, cdata_type) && class != CORE_TYPE(state, cdata_owned_type) &&
        class != CORE_TYPE(state, cdata_bounded_type))
        return 0;
    *result = ((cdata *)value)->data;
    if (*result == NULL && class != CORE_TYPE(state, cdata_type))
        return 0;
    given = ((cdata *)value)->type;
    if (given == type)
        return 1;
    if (given->kind == CTYPE_ARRAY)
        return given->u.array.pointer == type || (type->flags & CTYPE_IS_VOID_PTR);
    return given->kind == CTYPE_POINTER && (type->flags & CTYPE_IS_VOID_PTR);
}

/* One argument that needs no conversion rule; 0 where it does. */
static COMPAT_ALWAYS_INLINE int call_bind_general(const call_argument *argument, PyObject *value,
                                                  int64_t *place)
{
    char *pointer;

    if (argument->kind == CALL_ARGUMENT_INTEGER)
        return call_read_integer(value, place) && *place >= argument->low &&
               *place <= argument->high;
    if (argument->kind != CALL_ARGUMENT_POINTER ||
        !call_read_pointer(argument->type, value, &pointer))
        return 0;
    *place = (int64_t)(intptr_t)pointer;
    return 1;
}

static COMPAT_ALWAYS_INLINE int call_bind_fast(const call_argument *argument, PyObject *value,
                                               char *place)
{
    int64_t integer;
    double real;
    float single;

    switch (argument->kind) {
    case CALL_ARGUMENT_DOUBLE:
        if (!call_read_real(value, &real))
            return 0;
        memcpy(place, &real, sizeof real);
        return 1;
    case CALL_ARGUMENT_FLOAT:
        if (!call_read_real(value, &real))
            return 0;
        single = (float)real;
        memcpy(place, &single, sizeof single);
        return 1;
    default:
        if (!call_bind_general(argument, value, &integer))
            return 0;
        memcpy(place, &integer, sizeof integer);
        return 1;
    }
}

/* --- box_result ----------------------------------------------------------- */

static COMPAT_ALWAYS_INLINE PyObject *call_box(ctype *type, call_result_kind kind,
                                               call_regs_value *value)
{
    if (kind == CALL_RESULT_VOID)
        Py_RETURN_NONE;
    switch (kind) {
    case CALL_RESULT_S8: return PyLong_FromLong((int8_t)value->integer);
    case CALL_RESULT_S16: return PyLong_FromLong((int16_t)value->integer);
    case CALL_RESULT_S32: return PyLong_FromLong((int32_t)value->integer);
    case CALL_RESULT_S64: return PyLong_FromLongLong(value->integer);
    case CALL_RESULT_U8: return PyLong_FromLong((uint8_t)value->integer);
    case CALL_RESULT_U16: return PyLong_FromLong((uint16_t)value->integer);
    case CALL_RESULT_U32: return PyLong_FromLongLong((uint32_t)value->integer);
    case CALL_RESULT_U64:
        /* PyLong_FromLong knows the small ints that CPython keeps. */
        if (COMPAT_LIKELY(value->integer >= 0))
            return PyLong_FromLongLong(value->integer);
        return PyLong_FromUnsignedLongLong((unsigned long long)value->integer);
    case CALL_RESULT_DOUBLE: return PyFloat_FromDouble(value->real);
    case CALL_RESULT_FLOAT: return PyFloat_FromDouble(value->single);
    default: return convert_load(type, (char *)value->bytes);
    }
}

#if CALL_REGS_AVAILABLE

/* --- the careful entry: every plan of the path `regs` --------------------- */

static inline void (*call_address(const cdata_function *self))(void)
{
    return (void (*)(void))self->head.data;
}

static int call_bind_record(const call_argument *argument, PyObject *value,
                            call_regs_frame *frame)
{
    ctype *type = argument->type;
    size_t size = (size_t)type->size;
    char *place = (char *)frame + argument->place;
    int64_t pair[2] = {0, 0};
    char *target = argument->kind == CALL_ARGUMENT_PAIR ? (char *)pair : place;

    if (CDATA_CHECK(value) && ((cdata *)value)->type == type && ((cdata *)value)->data != NULL)
        memcpy(target, ((cdata *)value)->data, size);
    else {
        memset(target, 0, size);
        if (convert_store(type, target, value) < 0)
            return -1;
    }
    if (argument->kind == CALL_ARGUMENT_PAIR) {
        memcpy(place, &pair[0], 8);
        memcpy((char *)frame + argument->second_place, &pair[1], 8);
    }
    return 0;
}

static int call_bind_arguments(cdata_function *self, PyObject *const *args,
                               call_regs_frame *frame, call_temporaries *temporaries)
{
    const call_plan *plan = self->plan;
    Py_ssize_t i;

    for (i = 0; i < plan->nargs; i++) {
        const call_argument *argument = &plan->args[i];
        char *place = (char *)frame + argument->place;
        int64_t slot;
        int bound = 0;

        if (argument->kind >= CALL_ARGUMENT_MEMORY)
            bound = call_bind_record(argument, args[i], frame);
        else if (!call_bind_fast(argument, args[i], place)) {
            bound = call_bind_slot(argument, args[i], &slot, temporaries);
            memcpy(place, &slot, sizeof slot);
        }
        if (bound < 0) {
            call_name_error(call_name_of(self), i, argument->type, args[i]);
            return -1;
        }
    }
    return 0;
}

/* What happens round every call.  `release` is a constant in every entry. */
typedef struct call_bracket {
    call_released released;
    int *errno_place;
} call_bracket;

static COMPAT_ALWAYS_INLINE call_bracket call_open(int release)
{
    call_bracket bracket = {{NULL, NULL}, NULL};

    if (release)
        bracket.released = call_release_gil();
    bracket.errno_place = call_errno_place();
    *bracket.errno_place = call_current_thread.saved_errno;
    return bracket;
}

static COMPAT_ALWAYS_INLINE void call_close(call_bracket bracket, int release)
{
    call_current_thread.saved_errno = *bracket.errno_place;
    if (release)
        call_take_gil(bracket.released);
}

static COMPAT_NOINLINE PyObject *call_carefully(cdata_function *self, PyObject *const *args,
                                                int release)
{
    const call_plan *plan = self->plan;
    ctype *type = plan->result;
    PyObject *result = NULL;
    call_regs_value value = {0};
    call_regs_frame frame;
    call_temporaries temporaries;
    call_bracket bracket;

    call_temporaries_init(&temporaries);
    call_pin_arguments(args, plan->nargs);
    if (call_bind_arguments(self, args, &frame, &temporaries) < 0 ||
        call_was_closed((PyObject *)self))
        goto done;
    if (plan->result_kind == CALL_RESULT_RECORD) {
        result = cdata_new_owned(type, type->size);
        if (result == NULL)
            goto done;
        if (plan->hidden_result)
            frame.g[0] = (int64_t)(intptr_t)((cdata *)result)->data;
    }
    bracket = call_open(release);
    call_regs_invoke(plan->shape, call_address(self), &frame, &value);
    call_close(bracket, release);
    if (plan->result_kind != CALL_RESULT_RECORD)
        result = call_box(type, plan->result_kind, &value);
    else if (!plan->hidden_result)
        memcpy(((cdata *)result)->data, value.bytes, (size_t)type->size);
done:
    call_unpin_arguments(args, plan->nargs);
    call_temporaries_clear(&temporaries);
    return result;
}

/* --- the fast entries ----------------------------------------------------- */

#define CALL_CHECK_COUNT(self, count)                                                       \
    do {                                                                                    \
        if (COMPAT_UNLIKELY(PyVectorcall_NARGS(nargsf) != (count) || kwnames != NULL))      \
            return call_refuse_arguments(self, args, nargsf, kwnames);                      \
    } while (0)

/* Any scalar signature.  `extent` and `release` are constants. */
static COMPAT_ALWAYS_INLINE PyObject *call_any(cdata_function *self, PyObject *const *args,
                                               size_t nargsf, PyObject *kwnames,
                                               int extent, int release)
{
    const call_plan *plan = self->plan;
    call_regs_shape shape = {plan->shape.result, (uint8_t)extent};
    call_regs_frame frame;
    call_regs_value value;
    call_bracket bracket;
    Py_ssize_t i;

    CALL_CHECK_COUNT(self, plan->nargs);
    for (i = 0; i < plan->nargs; i++)
        if (COMPAT_UNLIKELY(!call_bind_fast(&plan->args[i], args[i],
                                            (char *)&frame + plan->args[i].place)))
            return call_carefully(self, args, release);
    bracket = call_open(release);
    call_regs_invoke(shape, call_address(self), &frame, &value);
    call_close(bracket, release);
    return call_box(plan->result, plan->result_kind, &value);
}

#define CALL_BIND_NTH(n)                                                                    \
    (count > (n) && COMPAT_UNLIKELY(!call_bind_general(&plan->args[n], args[n], &g[n])))
#define CALL_AS(...) ((int64_t (*)(__VA_ARGS__))address)

/* `count` ints and pointers, count constant and at most 6: nothing but what is
   needed is passed, and the arguments never reach memory. */
static COMPAT_ALWAYS_INLINE PyObject *call_few_general(cdata_function *self,
                                                       PyObject *const *args, size_t nargsf,
                                                       PyObject *kwnames, int count, int release)
{
    typedef int64_t word;
    const call_plan *plan = self->plan;
    void (*address)(void) = call_address(self);
    call_regs_value value;
    call_bracket bracket;
    word g[6];

    CALL_CHECK_COUNT(self, count);
    if (CALL_BIND_NTH(0) || CALL_BIND_NTH(1) || CALL_BIND_NTH(2) || CALL_BIND_NTH(3) ||
        CALL_BIND_NTH(4) || CALL_BIND_NTH(5))
        return call_carefully(self, args, release);
    bracket = call_open(release);
    switch (count) {
    case 0: value.integer = CALL_AS(void)(); break;
    case 1: value.integer = CALL_AS(word)(g[0]); break;
    case 2: value.integer = CALL_AS(word, word)(g[0], g[1]); break;
    case 3: value.integer = CALL_AS(word, word, word)(g[0], g[1], g[2]); break;
    case 4: value.integer = CALL_AS(word, word, word, word)(g[0], g[1], g[2], g[3]); break;
    case 5: value.integer = CALL_AS(word, word, word, word, word)(
                g[0], g[1], g[2], g[3], g[4]); break;
    default: value.integer = CALL_AS(word, word, word, word, word, word)(
                g[0], g[1], g[2], g[3], g[4], g[5]); break;
    }
    call_close(bracket, release);
    return call_box(plan->result, plan->result_kind, &value);
}

/* One or two doubles to a double. */
static COMPAT_ALWAYS_INLINE PyObject *call_few_doubles(cdata_function *self,
                                                       PyObject *const *args, size_t nargsf,
                                                       PyObject *kwnames, int count, int release)
{
    void (*address)(void) = call_address(self);
    double a = 0, b = 0, result;
    call_bracket bracket;

    CALL_CHECK_COUNT(self, count);
    if (COMPAT_UNLIKELY(!call_read_real(args[0], &a)) ||
        (count > 1 && COMPAT_UNLIKELY(!call_read_real(args[1], &b))))
        return call_carefully(self, args, release);
    bracket = call_open(release);
    if (count == 1)
        result = ((double (*)(double))address)(a);
    else
        result = ((double (*)(double, double))address)(a, b);
    call_close(bracket, release);
    return PyFloat_FromDouble(result);
}

static COMPAT_ALWAYS_INLINE PyObject *call_careful(cdata_function *self, PyObject *const *args,
                                                   size_t nargsf, PyObject *kwnames,
                                                   int Py_UNUSED(none), int release)
{
    CALL_CHECK_COUNT(self, self->plan->nargs);
    return call_carefully(self, args, release);
}

/* Both entries of a template: the GIL kept and released. */
#define CALL_ENTRIES(name, template, constant)                                              \
    static PyObject *name##_keeping(PyObject *callable, PyObject *const *args,              \
                                    size_t nargsf, PyObject *kwnames)                       \
    {                                                                                       \
        return template((cdata_function *)callable, args, nargsf, kwnames, constant, 0);    \
    }                                                                                       \
    static PyObject *name##_releasing(PyObject *callable, PyObject *const *args,            \
                                      size_t nargsf, PyObject *kwnames)                     \
    {                                                                                       \
        return template((cdata_function *)callable, args, nargsf, kwnames, constant, 1);    \
    }

CALL_ENTRIES(call_general_0, call_few_general, 0)
CALL_ENTRIES(call_general_1, call_few_general, 1)
CALL_ENTRIES(call_general_2, call_few_general, 2)
CALL_ENTRIES(call_general_3, call_few_general, 3)
CALL_ENTRIES(call_general_4, call_few_general, 4)
CALL_ENTRIES(call_general_5, call_few_general, 5)
CALL_ENTRIES(call_general_6, call_few_general, 6)
CALL_ENTRIES(call_doubles_1, call_few_doubles, 1)
CALL_ENTRIES(call_doubles_2, call_few_doubles, 2)
CALL_ENTRIES(call_general, call_any, CALL_REGS_GENERAL_ONLY)
CALL_ENTRIES(call_registers, call_any, CALL_REGS_REGISTERS)
CALL_ENTRIES(call_stack, call_any, CALL_REGS_STACK_10)
CALL_ENTRIES(call_careful, call_careful, 0)

typedef struct call_entry_pair {
    vectorcallfunc keeping, releasing;
} call_entry_pair;

#define CALL_PAIR(name) ((call_entry_pair){name##_keeping, name##_releasing})

static int call_all_doubles(const call_plan *plan)
{
    Py_ssize_t i;

    for (i = 0; i < plan->nargs; i++)
        if (plan->args[i].kind != CALL_ARGUMENT_DOUBLE)
            return 0;
    return plan->result_kind == CALL_RESULT_DOUBLE;
}

static call_entry_pair call_choose_regs_entries(const call_plan *plan)
{
    const call_entry_pair general[] = {CALL_PAIR(call_general_0), CALL_PAIR(call_general_1),
                                       CALL_PAIR(call_general_2), CALL_PAIR(call_general_3),
                                       CALL_PAIR(call_general_4), CALL_PAIR(call_general_5),
                                       CALL_PAIR(call_general_6)};
    int has_records = plan->result_kind == CALL_RESULT_RECORD;
    Py_ssize_t i;

    for (i = 0; i < plan->nargs; i++)
        has_records |= plan->args[i].kind >= CALL_ARGUMENT_MEMORY;
    if (has_records)
        return CALL_PAIR(call_careful);
    if (plan->shape.extent == CALL_REGS_GENERAL_ONLY && plan->shape.result == CALL_REGS_INTEGER &&
        plan->nargs <= 6)
        return general[plan->nargs];
    if (plan->shape.extent == CALL_REGS_GENERAL_ONLY)
        return CALL_PAIR(call_general);
    if (plan->nargs <= 2 && call_all_doubles(plan))
        return plan->nargs == 1 ? CALL_PAIR(call_doubles_1) : CALL_PAIR(call_doubles_2);
    return plan->shape.extent == CALL_REGS_REGISTERS ? CALL_PAIR(call_registers)
                                                     : CALL_PAIR(call_stack);
}
#endif

void call_choose_entries(call_plan *plan)
{
#if CALL_REGS_AVAILABLE
    if (plan->path == CALL_PATH_REGS) {
        call_entry_pair pair = call_choose_regs_entries(plan);

        plan->keeping = pair.keeping;
        plan->releasing = pair.releasing;
        return;
    }
#endif
    plan->keeping = call_ffi_keeping;
    plan->releasing = call_ffi_releasing;
}
