/* call_ffi.c: calls by libffi: variadic functions, structs that registers
   cannot take, long double, complex, other platforms and other ABIs.

   Describes signatures as ffi_types (call_ffi.h) and runs the entries
   call_ffi_keeping and call_ffi_releasing.  Neighbours: call_plan.c chooses
   this path, call.c has the common one, callback.c uses the descriptions. */
#include "call_ffi.h"
#include "call.h"
#include "cdata.h"
#include "call_plan.h"
#include "call_entries.h"
#include "convert.h"

/* --- memory of a description ---------------------------------------------- */

typedef struct call_ffi_block {
    struct call_ffi_block *next;
    /* the memory follows */
} call_ffi_block;

static void *call_ffi_alloc(call_ffi_block **blocks, size_t size)
{
    call_ffi_block *block = PyMem_Calloc(1, sizeof *block + size);

    if (block == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    block->next = *blocks;
    *blocks = block;
    return block + 1;
}

static void call_ffi_free_blocks(call_ffi_block *block)
{
    while (block != NULL) {
        call_ffi_block *next = block->next;

        PyMem_Free(block);
        block = next;
    }
}

/* --- what can be passed --------------------------------------------------- */

#define CALL_FFI_NO(what) ".  It is " what ", which libffi does not support."
#define CALL_FFI_PACKED \
    ".  It is a 'packed' structure, with a different layout than expected by libffi."
#define CALL_FFI_LAYOUT_GIVEN                                                               \
    ".  It is a struct declared with \"...;\", but the C calling convention may depend on the " \
    "missing fields; or, it contains anonymous struct/unions."

/* The wording that CFFI's users know. */
static int call_ffi_refuse(ctype *type, const char *role, const char *reason)
{
    PyErr_Format(PyExc_NotImplementedError,
                 "ctype '%U' not supported as %s%s  %s are only supported as %s if the "
                 "function is 'API mode' and non-variadic (i.e. declared inside ffibuilder.cdef()"
                 "+ffibuilder.set_source() and not taking a final '...' argument)",
                 type->name, role, reason,
                 type->kind == CTYPE_UNION ? "Unions" : "Such structs", role);
    return -1;
}

/* The members of an anonymous union overlap: libffi has no word for that. */
static int call_ffi_check_members(ctype *type, const char *role)
{
    Py_ssize_t end = 0;
    cfield *field;

    if (type->u.record.first == NULL)
        return call_ffi_refuse(type, role, CALL_FFI_NO("an empty struct"));
    for (field = type->u.record.first; field != NULL; field = field->next) {
        if (field->bitshift == CFIELD_EMPTY_ARRAY)
            return call_ffi_refuse(type, role, CALL_FFI_NO("a struct with a zero-length array"));
        if (call_ffi_check(field->type, role) < 0)
            return -1;
        if (field->offset < end)
            return call_ffi_refuse(type, role, CALL_FFI_LAYOUT_GIVEN);
        end = field->offset + field->type->size;
    }
    return 0;
}

int call_ffi_check(ctype *type, const char *role)
{
    if (type->kind == CTYPE_ARRAY) {
        if (type->u.array.length <= 0)
            return call_ffi_refuse(type, role, CALL_FFI_NO("a zero-length array"));
        return call_ffi_check(type->item, role);
    }
#ifndef FFI_TARGET_HAS_COMPLEX_TYPE
    if (type->class_ == CTYPE_CLASS_COMPLEX)
        return call_ffi_refuse(type, role, " by this libffi, which knows no complex types.");
#endif
    if (!ctype_is_record(type))
        return 0;
    if (type->flags & CTYPE_IS_OPAQUE || type->size < 0) {
        PyErr_Format(PyExc_TypeError, "ctype '%U' has incomplete type", type->name);
        return -1;
    }
    if (type->kind == CTYPE_UNION)
        return call_ffi_refuse(type, role, " by libffi.");
    if (type->flags & CTYPE_HAS_BITFIELD)
        return call_ffi_refuse(type, role, CALL_FFI_NO("a struct with bit fields"));
    if (type->flags & CTYPE_IS_PACKED)
        return call_ffi_refuse(type, role, CALL_FFI_PACKED);
    if (type->flags & CTYPE_LAYOUT_GIVEN)
        return call_ffi_refuse(type, role, CALL_FFI_LAYOUT_GIVEN);
    return call_ffi_check_members(type, role);
}

/* --- types ---------------------------------------------------------------- */

static ffi_type *call_ffi_integer(const ctype *type)
{
    int is_signed = type->class_ == CTYPE_CLASS_SIGNED;

    switch (type->size) {
    case 1: return is_signed ? &ffi_type_sint8 : &ffi_type_uint8;
    case 2: return is_signed ? &ffi_type_sint16 : &ffi_type_uint16;
    case 4: return is_signed ? &ffi_type_sint32 : &ffi_type_uint32;
    default: return is_signed ? &ffi_type_sint64 : &ffi_type_uint64;
    }
}

static ffi_type *call_ffi_type_of(ctype *type, call_ffi_block **blocks);

static size_t call_ffi_count(const ctype *type)
{
    size_t count = 1;

    for (; type->kind == CTYPE_ARRAY; type = type->item)
        count *= (size_t)type->u.array.length;
    return count;
}

/* libffi knows no arrays: a member array becomes as many members. */
static ffi_type *call_ffi_struct(ctype *type, call_ffi_block **blocks)
{
    ffi_type *result, *item;
    size_t count = 0, repeat;
    cfield *field;

    for (field = type->u.record.first; field != NULL; field = field->next)
        count += call_ffi_count(field->type);
    result = call_ffi_alloc(blocks, sizeof *result + (count + 1) * sizeof *result->elements);
    if (result == NULL)
        return NULL;
    result->type = FFI_TYPE_STRUCT;
    result->elements = (ffi_type **)(result + 1);
    count = 0;
    for (field = type->u.record.first; field != NULL; field = field->next) {
        ctype *member = field->type;

        while (member->kind == CTYPE_ARRAY)
            member = member->item;
        item = call_ffi_type_of(member, blocks);
        if (item == NULL)
            return NULL;
        for (repeat = call_ffi_count(field->type); repeat > 0; repeat--)
            result->elements[count++] = item;
    }
    return result;
}

/* System V AMD64 3.2.3: __int128 goes where a struct of two longs goes, but is
   aligned to 16 bytes in memory.  The size is given, so that libffi asks for no
   other. */
static ffi_type *call_ffi_int128_members[] = {&ffi_type_uint64, &ffi_type_uint64, NULL};
static ffi_type call_ffi_int128 = {16, 16, FFI_TYPE_STRUCT, call_ffi_int128_members};

static ffi_type *call_ffi_type_of(ctype *type, call_ffi_block **blocks)
{
    if (type->kind == CTYPE_VOID)
        return &ffi_type_void;
    if (type->kind == CTYPE_STRUCT)
        return call_ffi_struct(type, blocks);
    switch (type->class_) {
    case CTYPE_CLASS_POINTER:
        return &ffi_type_pointer;
    case CTYPE_CLASS_FLOAT:
        return type->size == 4 ? &ffi_type_float : &ffi_type_double;
    case CTYPE_CLASS_LONGDOUBLE:
        return &ffi_type_longdouble;
    case CTYPE_CLASS_INT128:
        return &call_ffi_int128;
#ifdef FFI_TARGET_HAS_COMPLEX_TYPE
    case CTYPE_CLASS_COMPLEX:
        return type->size == 8 ? &ffi_type_complex_float : &ffi_type_complex_double;
#endif
    default:
        return call_ffi_integer(type);
    }
}

/* A struct that libffi would lay out differently is not passed wrongly. */
static int call_ffi_check_size(ctype *type, const ffi_type *described)
{
    if (type->kind != CTYPE_STRUCT || (described->size == (size_t)type->size &&
                                       described->alignment == type->align))
        return 0;
    PyErr_Format(PyExc_NotImplementedError,
                 "ctype '%U' cannot be passed by value: it has %zd bytes aligned to %d, but "
                 "libffi lays its members out in %zu aligned to %d",
                 type->name, type->size, (int)type->align, described->size,
                 (int)described->alignment);
    return -1;
}

static int call_ffi_failed(ctype *function, ffi_status status)
{
    PyErr_Format(PyExc_SystemError, "libffi cannot prepare '%U' (%s)", function->name,
                 status == FFI_BAD_ABI ? "bad ABI"
                 : status == FFI_BAD_TYPEDEF ? "bad type" : "bad argument type");
    return -1;
}

/* Prepares `cif` for `count` argument types, of which `fixed` are not variadic
   (-1: the function is not).  0, or -1 with an error. */
static int call_ffi_prepare(ctype *function, ffi_cif *cif, ffi_type **types, ctype *const *args,
                            Py_ssize_t count, Py_ssize_t fixed, call_ffi_block **blocks)
{
    ctype *result = function->item;
    ffi_type *result_type = call_ffi_type_of(result, blocks);
    ffi_abi abi = (ffi_abi)function->u.function.abi;
    ffi_status status;
    Py_ssize_t i;

    if (result_type == NULL)
        return -1;
    for (i = 0; i < count; i++) {
        types[i] = call_ffi_type_of(args[i], blocks);
        if (types[i] == NULL)
            return -1;
    }
    if (fixed < 0)
        status = ffi_prep_cif(cif, abi, (unsigned)count, result_type, types);
    else
        status = ffi_prep_cif_var(cif, abi, (unsigned)fixed, (unsigned)count, result_type, types);
    if (status != FFI_OK)
        return call_ffi_failed(function, status);
    if (call_ffi_check_size(result, result_type) < 0)
        return -1;
    for (i = 0; i < count; i++)
        if (call_ffi_check_size(args[i], types[i]) < 0)
            return -1;
    return 0;
}

/* --- descriptions --------------------------------------------------------- */

call_ffi_description *call_ffi_describe(ctype *function)
{
    PyObject *args = function->u.function.args;
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    call_ffi_description *description = PyMem_Calloc(1, sizeof *description);

    if (description == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    description->types = call_ffi_alloc(&description->blocks,
                                        ((size_t)count + 1) * sizeof *description->types);
    if (description->types == NULL ||
        call_ffi_prepare(function, &description->cif, description->types,
                         (ctype *const *)&PyTuple_GET_ITEM(args, 0), count, -1,
                         &description->blocks) < 0) {
        call_ffi_description_free(description);
        return NULL;
    }
    return description;
}

void call_ffi_description_free(call_ffi_description *description)
{
    if (description == NULL)
        return;
    call_ffi_free_blocks(description->blocks);
    PyMem_Free(description);
}

call_ffi_description *call_ffi_description_of(ctype *function)
{
    call_plan *plan = call_plan_of(function);
    call_ffi_description *description, *other = NULL;

    if (plan == NULL)
        return NULL;
    description = __atomic_load_n(&plan->ffi, __ATOMIC_ACQUIRE);
    if (description != NULL)
        return description;
    description = call_ffi_describe(function);
    if (description == NULL)
        return NULL;
    if (!__atomic_compare_exchange_n(&plan->ffi, &other, description, 0, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        call_ffi_description_free(description);
        return other;
    }
    return description;
}

int call_ffi_is_default_abi(const ctype *function)
{
    return function->u.function.abi == FFI_DEFAULT_ABI;
}

/* --- the call ------------------------------------------------------------- */

/* What one call needs beside its Python arguments. */
typedef struct call_ffi_frame {
    ffi_cif *cif;
    char *result;
    void **values;              /* where each argument lies */
    ffi_cif variadic_cif;
    call_ffi_block *blocks;
    call_temporaries temporaries;
} call_ffi_frame;

static int call_ffi_bind_fixed(call_ffi_frame *frame, const call_plan *plan, char *buffer,
                               Py_ssize_t index, PyObject *value)
{
    const call_argument *argument = &plan->args[index];
    char *place = buffer + argument->place;

    frame->values[index] = place;
    if (argument->kind == CALL_ARGUMENT_POINTER)
        return call_bind_pointer(argument->type, value, (char **)place, &frame->temporaries);
    return convert_store(argument->type, place, value);
}

/* A primitive, borrowed: the state keeps it.  It may be that nobody has named it yet. */
static ctype *call_ffi_primitive(core_state *state, ctype_primitive which)
{
    ctype *type = ctype_new_primitive(state, which);

    Py_XDECREF(type);
    return type;
}

/* The type that a cdata is passed as behind the dots (C11 6.5.2.2p7: the
   default argument promotions; arrays decay).  Borrowed; NULL with an exception. */
static ctype *call_ffi_promote(core_state *state, ctype *type)
{
    if (type->kind == CTYPE_ARRAY)
        return type->u.array.pointer;
    if (ctype_is_integer(type) && type->size < (Py_ssize_t)sizeof(int))
        return call_ffi_primitive(state, CTYPE_INT);
    if (type->class_ == CTYPE_CLASS_FLOAT && type->size == 4)
        return call_ffi_primitive(state, CTYPE_DOUBLE);
    return type;
}

static int call_ffi_store_variadic(void *place, ctype *type, ctype *promoted, PyObject *value)
{
    char *data = ((cdata *)value)->data;

    if (promoted == type || type->kind == CTYPE_ARRAY)
        return convert_store(promoted, place, value);
    if (type->class_ == CTYPE_CLASS_FLOAT) {
        float single;

        memcpy(&single, data, sizeof single);
        *(double *)place = single;
    }
    else {
        int64_t slot = 0;

        memcpy(&slot, data, (size_t)type->size);
        call_extend_slot(&slot, call_plan_extend(type));
        *(int *)place = (int)slot;
    }
    return 0;
}

static int call_ffi_bind_variadic(call_ffi_frame *frame, core_state *state, Py_ssize_t index,
                                  PyObject *value, ctype **type)
{
    if (!cdata_check(state, value)) {
        PyErr_Format(PyExc_TypeError,
                     "argument %zd passed in the variadic part needs to be a cdata object "
                     "(got %.200s)", index + 1, Py_TYPE(value)->tp_name);
        return -1;
    }
    *type = call_ffi_promote(state, ((cdata *)value)->type);
    if (*type == NULL || call_ffi_check(*type, "argument") < 0)
        return -1;
    if ((*type)->size <= 0) {
        PyErr_Format(PyExc_TypeError, "argument %zd passed in the variadic part: ctype '%U' has "
                     "incomplete type", index + 1, (*type)->name);
        return -1;
    }
    frame->values[index] = call_temporaries_get(&frame->temporaries,
                                                (size_t)((*type)->size < 8 ? 8 : (*type)->size));
    if (frame->values[index] == NULL)
        return -1;
    return call_ffi_store_variadic(frame->values[index], ((cdata *)value)->type, *type, value);
}

/* Binds what stands for the dots and prepares the cif for just these types. */
static int call_ffi_prepare_variadic(call_ffi_frame *frame, cdata_function *self,
                                     PyObject *const *args, Py_ssize_t nargs)
{
    ctype *function = self->head.type;
    Py_ssize_t fixed = self->plan->nargs, i;
    ctype **ctypes = call_ffi_alloc(&frame->blocks, (size_t)nargs * 2 * sizeof *ctypes + 1);
    ffi_type **types;

    if (ctypes == NULL)
        return -1;
    types = (ffi_type **)(ctypes + nargs);
    for (i = 0; i < fixed; i++)
        ctypes[i] = self->plan->args[i].type;
    for (; i < nargs; i++)
        if (call_ffi_bind_variadic(frame, function->state, i, args[i], &ctypes[i]) < 0)
            return -1;
    frame->cif = &frame->variadic_cif;
    return call_ffi_prepare(function, frame->cif, types, ctypes, nargs, fixed, &frame->blocks);
}

static int call_ffi_bind_arguments(call_ffi_frame *frame, cdata_function *self,
                                   PyObject *const *args, Py_ssize_t nargs)
{
    const call_plan *plan = self->plan;
    char *buffer = call_temporaries_get(&frame->temporaries, plan->buffer_size);
    Py_ssize_t i;

    frame->values = call_temporaries_get(&frame->temporaries,
                                         ((size_t)nargs + 1) * sizeof *frame->values);
    if (buffer == NULL || frame->values == NULL)
        return -1;
    frame->result = buffer;
    for (i = 0; i < plan->nargs; i++) {
        if (call_ffi_bind_fixed(frame, plan, buffer, i, args[i]) < 0) {
            call_name_error(call_name_of(self), i, plan->args[i].type, args[i]);
            return -1;
        }
    }
    if (plan->path == CALL_PATH_VARIADIC)
        return call_ffi_prepare_variadic(frame, self, args, nargs);
    frame->cif = &plan->ffi->cif;
    return 0;
}

static void call_ffi_invoke(call_ffi_frame *frame, cdata_function *self, int release)
{
    call_released released = {NULL, NULL};

    if (release)
        released = call_release_gil();
    call_restore_errno();
    ffi_call(frame->cif, FFI_FN(self->head.data), frame->result, frame->values);
    call_save_errno();
    if (release)
        call_take_gil(released);
}

static PyObject *call_ffi_box_result(ctype *type, char *address)
{
    PyObject *object;

    if (type->kind == CTYPE_VOID)
        Py_RETURN_NONE;
    if (ctype_is_record(type)) {
        object = cdata_new_owned(type, type->size);
        if (object != NULL)
            memcpy(((cdata *)object)->data, address, (size_t)type->size);
        return object;
    }
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    if (ctype_is_integer(type) && type->size < (Py_ssize_t)sizeof(ffi_arg))
        address += sizeof(ffi_arg) - (size_t)type->size;
#endif
    return convert_load(type, address);
}

static PyObject *call_ffi_run(cdata_function *self, PyObject *const *args, size_t nargsf,
                              PyObject *kwnames, int release)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    const call_plan *plan = self->plan;
    PyObject *result = NULL;
    call_ffi_frame frame;

    if (kwnames != NULL || nargs < plan->nargs ||
        (nargs > plan->nargs && plan->path != CALL_PATH_VARIADIC))
        return call_refuse_arguments(self, args, nargsf, kwnames);
    frame.blocks = NULL;
    call_temporaries_init(&frame.temporaries);
    call_pin_arguments(args, nargs);
    if (call_ffi_bind_arguments(&frame, self, args, nargs) == 0 &&
        !call_was_closed((PyObject *)self)) {
        call_ffi_invoke(&frame, self, release);
        result = call_ffi_box_result(plan->result, frame.result);
    }
    call_unpin_arguments(args, nargs);
    call_temporaries_clear(&frame.temporaries);
    call_ffi_free_blocks(frame.blocks);
    return result;
}

PyObject *call_ffi_keeping(PyObject *callable, PyObject *const *args, size_t nargsf,
                           PyObject *kwnames)
{
    return call_ffi_run((cdata_function *)callable, args, nargsf, kwnames, 0);
}

PyObject *call_ffi_releasing(PyObject *callable, PyObject *const *args, size_t nargsf,
                             PyObject *kwnames)
{
    return call_ffi_run((cdata_function *)callable, args, nargsf, kwnames, 1);
}
