/* call_plan.c: from a signature to registers, once.

   Decides the path of a function ctype, where each argument goes and how each
   value is bound and boxed.  Neighbours: call_ffi.c (what registers alone
   cannot do), call.c (the entries that a plan names). */
#include "call_plan.h"
#include "call_entries.h"
#include "call_ffi.h"

#include <wchar.h>

_Static_assert(sizeof(call_regs_shape) == 2, "the shape travels in a register");

/* --- scalars -------------------------------------------------------------- */

static int call_plan_is_signed(const ctype *type)
{
    if (type->class_ != CTYPE_CLASS_CHAR)
        return type->class_ == CTYPE_CLASS_SIGNED;
    if (type->u.primitive.which == CTYPE_CHAR)
        return (char)-1 < 0;
    return type->u.primitive.which == CTYPE_WCHAR && (wchar_t)-1 < (wchar_t)0;
}

call_extend call_plan_extend(const ctype *type)
{
    int is_signed = call_plan_is_signed(type);

    switch (type->size) {
    case 1: return is_signed ? CALL_EXTEND_S8 : CALL_EXTEND_U8;
    case 2: return is_signed ? CALL_EXTEND_S16 : CALL_EXTEND_U16;
    case 4: return is_signed ? CALL_EXTEND_S32 : CALL_EXTEND_U32;
    default: return CALL_EXTEND_NONE;
    }
}

static void call_plan_integer_range(call_argument *argument, const ctype *type)
{
    int bits = type->class_ == CTYPE_CLASS_BOOL ? 1 : (int)(8 * type->size);

    if (type->class_ == CTYPE_CLASS_SIGNED) {
        argument->high = bits == 64 ? INT64_MAX : ((int64_t)1 << (bits - 1)) - 1;
        argument->low = -argument->high - 1;
    }
    else {
        argument->low = 0;
        argument->high = bits == 64 ? INT64_MAX : ((int64_t)1 << bits) - 1;
    }
}

/* Fills everything but the place.  -1: no scalar that fits into one register. */
static int call_plan_scalar(call_argument *argument, ctype *type)
{
    memset(argument, 0, sizeof *argument);
    argument->type = type;
    switch (type->class_) {
    case CTYPE_CLASS_BOOL:
    case CTYPE_CLASS_SIGNED:
    case CTYPE_CLASS_UNSIGNED:
        if (type->size <= 0 || type->size > 8)
            return -1;
        argument->kind = CALL_ARGUMENT_INTEGER;
        argument->extend = call_plan_extend(type);
        call_plan_integer_range(argument, type);
        return 0;
    case CTYPE_CLASS_CHAR:
        argument->kind = CALL_ARGUMENT_SCALAR;
        argument->extend = call_plan_extend(type);
        return 0;
    case CTYPE_CLASS_FLOAT:
        argument->kind = type->size == 4 ? CALL_ARGUMENT_FLOAT : CALL_ARGUMENT_DOUBLE;
        return 0;
    case CTYPE_CLASS_POINTER:
        argument->kind = type->kind == CTYPE_POINTER ? CALL_ARGUMENT_POINTER
                                                     : CALL_ARGUMENT_SCALAR;
        return 0;
    default:
        return -1;
    }
}

static int call_plan_place_scalar(call_regs_placer *placer, ctype *type, call_argument *argument)
{
    int place;

    if (!CALL_REGS_AVAILABLE || call_plan_scalar(argument, type) < 0)
        return -1;
    place = call_regs_place(placer, type->class_ == CTYPE_CLASS_FLOAT);
    if (place == CALL_REGS_NO_PLACE)
        return -1;
    argument->place = (uint32_t)place;
    return 0;
}

static call_result_kind call_plan_result_kind(const ctype *type)
{
    static const uint8_t by_size[2][9] = {
        {0, CALL_RESULT_U8, CALL_RESULT_U16, 0, CALL_RESULT_U32, 0, 0, 0, CALL_RESULT_U64},
        {0, CALL_RESULT_S8, CALL_RESULT_S16, 0, CALL_RESULT_S32, 0, 0, 0, CALL_RESULT_S64},
    };

    if (type->kind == CTYPE_VOID)
        return CALL_RESULT_VOID;
    if (ctype_is_record(type))
        return CALL_RESULT_RECORD;
    if (type->class_ == CTYPE_CLASS_FLOAT)
        return type->size == 4 ? CALL_RESULT_FLOAT : CALL_RESULT_DOUBLE;
    if ((type->class_ == CTYPE_CLASS_SIGNED || type->class_ == CTYPE_CLASS_UNSIGNED) &&
        type->size > 0 && type->size <= 8)
        return by_size[type->class_ == CTYPE_CLASS_SIGNED][type->size];
    return CALL_RESULT_LOAD;
}

/* -1: not a scalar that comes back in a register. */
static int call_plan_scalar_result(const ctype *type, call_regs_result *where)
{
    *where = type->class_ != CTYPE_CLASS_FLOAT ? CALL_REGS_INTEGER
             : type->size == 4                 ? CALL_REGS_FLOAT
                                               : CALL_REGS_DOUBLE;
    return type->kind == CTYPE_VOID || ctype_is_integer(type) ||
           type->class_ == CTYPE_CLASS_FLOAT || type->class_ == CTYPE_CLASS_POINTER ? 0 : -1;
}

/* --- structs by value (System V AMD64 3.2.3) ------------------------------ */

/* One eightbyte is passed in a vector register if all in it is floating. */
typedef struct call_plan_eightbytes {
    uint8_t has_integer[2];
} call_plan_eightbytes;

/* -1: something that is not passed by these simple rules. */
static int call_plan_classify(call_plan_eightbytes *classes, ctype *type, Py_ssize_t offset)
{
    Py_ssize_t i;
    cfield *field;

    if (type->kind == CTYPE_ARRAY) {
        for (i = 0; i < type->u.array.length; i++)
            if (call_plan_classify(classes, type->item, offset + i * type->item->size) < 0)
                return -1;
        return 0;
    }
    if (type->kind == CTYPE_STRUCT) {
        for (field = type->u.record.first; field != NULL; field = field->next)
            if (call_plan_classify(classes, field->type, offset + field->offset) < 0)
                return -1;
        return 0;
    }
    if (type->class_ == CTYPE_CLASS_FLOAT)
        return 0;
    if (!ctype_is_integer(type) && type->class_ != CTYPE_CLASS_POINTER)
        return -1;
    classes->has_integer[offset >= 8] = 1;
    return 0;
}

/* Words of a record that `regs` can pass; 0: it cannot. */
static Py_ssize_t call_plan_record_words(ctype *type, call_plan_eightbytes *classes)
{
    memset(classes, 0, sizeof *classes);
    if (!CALL_REGS_RECORDS || type->kind != CTYPE_STRUCT || type->size <= 0 || type->align > 8)
        return 0;
    if (type->size <= 16 && call_plan_classify(classes, type, 0) < 0)
        return 0;
    return (type->size + 7) / 8;
}

static int call_plan_place_record(call_regs_placer *placer, ctype *type, call_argument *argument)
{
    call_plan_eightbytes classes;
    Py_ssize_t words = call_plan_record_words(type, &classes);
    call_regs_placer after = *placer;
    int place = CALL_REGS_NO_PLACE;

    if (words == 0)
        return -1;
    memset(argument, 0, sizeof *argument);
    argument->type = type;
    argument->kind = CALL_ARGUMENT_MEMORY;
    if (words <= 2) {
        /* All eightbytes in registers, or all on the stack. */
        place = call_regs_place(&after, !classes.has_integer[0]);
        if (words == 2) {
            argument->kind = CALL_ARGUMENT_PAIR;
            argument->second_place = (uint16_t)call_regs_place(&after, !classes.has_integer[1]);
        }
    }
    if (place == CALL_REGS_NO_PLACE || after.stack != placer->stack ||
        (words == 2 && argument->second_place == (uint16_t)CALL_REGS_NO_PLACE)) {
        after = *placer;
        argument->kind = CALL_ARGUMENT_MEMORY;
        place = call_regs_place_on_stack(&after, (size_t)words);
        if (place == CALL_REGS_NO_PLACE)
            return -1;
    }
    argument->place = (uint32_t)place;
    *placer = after;
    return 0;
}

static int call_plan_record_result(call_plan *plan, call_regs_placer *placer)
{
    static const uint8_t pairs[2][2] = {
        {CALL_REGS_DOUBLES, CALL_REGS_DOUBLE_INTEGER},
        {CALL_REGS_INTEGER_DOUBLE, CALL_REGS_INTEGERS},
    };
    call_plan_eightbytes classes;
    Py_ssize_t words = call_plan_record_words(plan->result, &classes);

    if (words == 0)
        return -1;
    if (words == 1)
        plan->shape.result = classes.has_integer[0] ? CALL_REGS_INTEGER : CALL_REGS_DOUBLE;
    else if (words == 2)
        plan->shape.result = pairs[classes.has_integer[0]][classes.has_integer[1]];
    else {
        plan->shape.result = CALL_REGS_INTEGER;
        plan->hidden_result = 1;
        (void)call_regs_place(placer, 0);
    }
    return 0;
}

/* --- the plan ------------------------------------------------------------- */

/* 0: the plan calls through registers; -1: it cannot (no error is set). */
static int call_plan_use_regs(call_plan *plan, ctype *function)
{
    PyObject *args = function->u.function.args;
    call_regs_placer placer = {0, 0, 0};
    call_regs_result where;
    Py_ssize_t i;

    if (!CALL_REGS_AVAILABLE || function->u.function.ellipsis || !call_ffi_is_default_abi(function))
        return -1;
    if (plan->result_kind == CALL_RESULT_RECORD) {
        if (call_plan_record_result(plan, &placer) < 0)
            return -1;
    }
    else {
        if (call_plan_scalar_result(plan->result, &where) < 0)
            return -1;
        plan->shape.result = (uint8_t)where;
    }
    for (i = 0; i < plan->nargs; i++) {
        ctype *type = (ctype *)PyTuple_GET_ITEM(args, i);
        int placed = ctype_is_record(type)
                         ? call_plan_place_record(&placer, type, &plan->args[i])
                         : call_plan_place_scalar(&placer, type, &plan->args[i]);

        if (placed < 0)
            return -1;
    }
    plan->path = CALL_PATH_REGS;
    plan->shape.extent = (uint8_t)call_regs_extent_of(&placer);
    return 0;
}

/* The path `ffi`: arguments lie in a buffer behind each other, result first. */
static int call_plan_use_ffi(call_plan *plan, ctype *function)
{
    PyObject *args = function->u.function.args;
    size_t offset = call_ffi_result_size(plan->result);
    Py_ssize_t i;

    for (i = 0; i < plan->nargs; i++) {
        ctype *type = (ctype *)PyTuple_GET_ITEM(args, i);
        call_argument *argument = &plan->args[i];

        if (call_plan_scalar(argument, type) < 0) {
            memset(argument, 0, sizeof *argument);
            argument->type = type;
            argument->kind = CALL_ARGUMENT_MEMORY;
        }
        offset = call_ffi_align(offset);
        argument->place = (uint32_t)offset;
        offset += (size_t)(type->size < 8 ? 8 : type->size);
    }
    plan->buffer_size = (uint32_t)call_ffi_align(offset);
    plan->path = function->u.function.ellipsis ? CALL_PATH_VARIADIC : CALL_PATH_FFI;
    if (plan->path == CALL_PATH_VARIADIC)
        return 0;
    plan->ffi = call_ffi_describe(function);
    return plan->ffi == NULL ? -1 : 0;
}

/* Incomplete types, and structs that no path can pass. */
static int call_plan_check(ctype *function)
{
    PyObject *args = function->u.function.args;
    ctype *result = function->item;
    Py_ssize_t i;

    if (result->kind != CTYPE_VOID && result->size < 0) {
        PyErr_Format(PyExc_TypeError, "result type '%U' is not yet initialized", result->name);
        return -1;
    }
    if (call_ffi_check(result, "return value") < 0)
        return -1;
    for (i = 0; i < PyTuple_GET_SIZE(args); i++) {
        ctype *type = (ctype *)PyTuple_GET_ITEM(args, i);

        if (type->size < 0) {
            PyErr_Format(PyExc_TypeError, "ctype '%U' has incomplete type", type->name);
            return -1;
        }
        if (call_ffi_check(type, "argument") < 0)
            return -1;
    }
    return 0;
}

static call_plan *call_plan_new(ctype *function)
{
    Py_ssize_t nargs = PyTuple_GET_SIZE(function->u.function.args);
    call_plan *plan;

    if (call_plan_check(function) < 0)
        return NULL;
    plan = PyMem_Calloc(1, sizeof *plan + (size_t)nargs * sizeof *plan->args);
    if (plan == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    plan->nargs = nargs;
    plan->result = function->item;
    plan->result_kind = (uint8_t)call_plan_result_kind(plan->result);
    if (call_plan_use_regs(plan, function) < 0 && call_plan_use_ffi(plan, function) < 0) {
        call_plan_free(plan);
        return NULL;
    }
    call_choose_entries(plan);
    return plan;
}

void call_plan_free(call_plan *plan)
{
    if (plan == NULL)
        return;
    call_ffi_description_free(plan->ffi);
    PyMem_Free(plan);
}

call_plan *call_plan_of(ctype *function)
{
    call_plan *plan = __atomic_load_n(&function->u.function.plan, __ATOMIC_ACQUIRE);
    call_plan *other = NULL;

    if (plan != NULL)
        return plan;
    plan = call_plan_new(function);
    if (plan == NULL)
        return NULL;
    /* Two threads may have made one: the first that stores it wins. */
    if (!__atomic_compare_exchange_n(&function->u.function.plan, &other, plan, 0,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        call_plan_free(plan);
        return other;
    }
    return plan;
}
