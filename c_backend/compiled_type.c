/* compiled_type.c: makes ctypes of type codes.

   Structs, unions and enums are for compiled_record.c and compiled_enum.c.  In Python:
   cffi_like/realize.py, which shares the table of types with this: a type is one
   object whoever made it. */
#include "core.h"
#include "compiled.h"

#include <ffi.h>

/* --- primitives ------------------------------------------------------------ */

static const char *const compiled_primitive_names[CTYPE_PRIMITIVE_COUNT] = {
#define PRIMITIVE(enumerator, name, type, class_) name,
#include "primitives.def"
#undef PRIMITIVE
};

/* The letters of code_table.LETTER_OF_PRIMITIVE. */
static const char compiled_letters[] = "bcahstijlmxyfdew";
static const char *const compiled_letter_names[] = {
    "_Bool", "char", "signed char", "unsigned char", "short", "unsigned short", "int",
    "unsigned int", "long", "unsigned long", "long long", "unsigned long long", "float", "double",
    "long double", "wchar_t",
};

int compiled_is_type_letter(char letter)
{
    return letter != '\0' && (letter == 'v' || strchr(compiled_letters, letter) != NULL);
}

ctype *compiled_primitive(core_state *state, compiled_code name)
{
    for (int i = 0; i < CTYPE_PRIMITIVE_COUNT; i++)
        if (compiled_is(name, compiled_primitive_names[i]))
            return ctype_new_primitive(state, (ctype_primitive)i);
    return NULL;
}

static ctype *compiled_primitive_called(core_state *state, const char *name)
{
    compiled_code code = {name, name + strlen(name), 0, {0, 0}};

    return compiled_primitive(state, code);
}

/* `typedef int... name` (letter I) or `typedef float... name` (O), up to the semicolon. */
static ctype *compiled_unknown(compiled_reader *reader, compiled_code whole)
{
    compiled_code name = {whole.at + 1, whole.end, 0, {0, 0}}, found;
    unsigned long long size, kind;
    char text[24];

    if (!compiled_find(reader, COMPILED_TYPEDEFS, name.at, (size_t)(name.end - name.at), &found)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(reader->peers); i++) {
            compiled_reader *peer = (compiled_reader *)PyTuple_GET_ITEM(reader->peers, i);
            ctype *type = NULL;

            if (compiled_lock(peer) < 0)
                return NULL;
            type = compiled_unknown(peer, whole);
            compiled_unlock(peer);
            if (type != NULL)
                return type;
        }
        return NULL;
    }
    /* A typedef of another unknown type is left to the other reader. */
    if (found.end - found.at != whole.end - whole.at + 1 ||
        memcmp(found.at, whole.at, (size_t)(whole.end - whole.at)) != 0 || found.count < 1 ||
        compiled_number(reader, found.index[0], &size) < 0 ||
        compiled_number(reader, found.index[0] + 1, &kind) < 0)
        return NULL;
    if (*whole.at == 'O')
        return kind == 0 ? NULL
                         : compiled_primitive_called(reader->state, size == 4   ? "float"
                                                                    : size == 8 ? "double"
                                                                                : "long double");
    if (size > 16)
        return NULL;
    (void)snprintf(text, sizeof text, "%sint%d_t", kind ? "" : "u", 8 * (int)size);
    return compiled_primitive_called(reader->state, text);
}

/* --- derived types --------------------------------------------------------- */

void compiled_skip_qualifiers(compiled_code *code)
{
    while (code->at < code->end && (*code->at == 'K' || *code->at == 'Q')) {
        if (*code->at == 'Q')
            (void)compiled_part(code, '_');
        else
            code->at++;
    }
}

static ctype *compiled_pointer(compiled_reader *reader, compiled_code *code)
{
    ctype *target, *pointer;
    int to_function;

    code->at++;
    compiled_skip_qualifiers(code);
    to_function = code->at < code->end && *code->at == 'F';
    target = compiled_build(reader, code);
    if (target == NULL || to_function)
        return target;          /* the code of a function gives its pointer already */
    pointer = ctype_new_pointer(target);
    Py_DECREF(target);
    return pointer;
}

static ctype *compiled_array(compiled_reader *reader, compiled_code *code)
{
    compiled_code digits;
    ctype *item, *pointer, *type = NULL;
    long long length = -1;

    code->at++;
    digits = compiled_part(code, '_');
    if (digits.at < digits.end) {
        for (length = 0; digits.at < digits.end; digits.at++) {
            if (*digits.at < '0' || *digits.at > '9' || length > PY_SSIZE_T_MAX / 10 - 10)
                return NULL;
            length = 10 * length + (*digits.at - '0');
        }
    }
    item = compiled_build(reader, code);
    if (item != NULL && compiled_need(reader, item) == 0 &&
        (pointer = ctype_new_pointer(item)) != NULL) {
        type = ctype_new_array(pointer, (Py_ssize_t)length);
        Py_DECREF(pointer);
    }
    Py_XDECREF(item);
    return type;
}

static ctype *compiled_function(compiled_reader *reader, compiled_code *code)
{
    PyObject *parameters = PyList_New(0), *tuple = NULL;
    ctype *result, *type = NULL;

    code->at++;
    result = parameters == NULL ? NULL : compiled_build(reader, code);
    if (result == NULL || compiled_need(reader, result) < 0)
        goto done;
    while (code->at < code->end && *code->at != 'E' && *code->at != 'z') {
        ctype *parameter = compiled_build(reader, code);
        int failed = parameter == NULL || PyList_Append(parameters, (PyObject *)parameter) < 0 ||
                     compiled_need(reader, parameter) < 0;

        Py_XDECREF(parameter);
        if (failed)
            goto done;
    }
    if (code->at == code->end || (tuple = PyList_AsTuple(parameters)) == NULL)
        goto done;
    type = ctype_new_function(tuple, result, *code->at == 'z', FFI_DEFAULT_ABI);
    code->at++;
done:
    Py_XDECREF(tuple);
    Py_XDECREF(parameters);
    Py_XDECREF(result);
    return type;
}

int compiled_need(compiled_reader *reader, ctype *type)
{
    while (type->kind == CTYPE_ARRAY)
        type = type->item;
    if (!ctype_is_record(type) || !(type->flags & CTYPE_IS_OPAQUE))
        return 0;
    for (Py_ssize_t i = 0; i < reader->pending_count; i++) {
        compiled_pending found = reader->pending[i];

        if (found.type != type)
            continue;
        reader->pending[i] = reader->pending[--reader->pending_count];
        return compiled_complete(reader, found);
    }
    return 0;
}

static ctype *compiled_one(compiled_reader *reader, compiled_code *code)
{
    compiled_code whole = *code;
    const char *letter;

    switch (*code->at) {
    case 'v':
        code->at++;
        return (ctype *)Py_NewRef(reader->state->void_type);
    case 'P':
        return compiled_pointer(reader, code);
    case 'K':
    case 'Q':
        compiled_skip_qualifiers(code);
        return compiled_build(reader, code);
    case 'A':
        return compiled_array(reader, code);
    case 'F':
        return compiled_function(reader, code);
    case 'S':
    case 'U':
    case 'N':
    case 'I':
    case 'O':
    case '=':
        whole = compiled_part(code, ';');
        if (whole.end == code->end)
            return NULL;        /* no semicolon */
        if (*whole.at == '=') {
            whole.at++;
            return compiled_primitive(reader->state, whole);
        }
        return *whole.at == 'I' || *whole.at == 'O' ? compiled_unknown(reader, whole)
                                                    : compiled_named(reader, whole);
    default:
        letter = *code->at == '\0' ? NULL : strchr(compiled_letters, *code->at);
        if (letter == NULL)
            return NULL;
        code->at++;
        return compiled_primitive_called(reader->state,
                                         compiled_letter_names[letter - compiled_letters]);
    }
}

ctype *compiled_build(compiled_reader *reader, compiled_code *code)
{
    ctype *type;

    if (code->at >= code->end || Py_EnterRecursiveCall(" while a C type is made"))
        return NULL;
    type = compiled_one(reader, code);
    Py_LeaveRecursiveCall();
    return type;
}

/* --- the outermost call ---------------------------------------------------- */

/* Forgets what was made on the way to a failure. */
static void compiled_undo(compiled_reader *reader)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    for (Py_ssize_t i = 0; reader->undo != NULL && i < PyList_GET_SIZE(reader->undo); i++)
        if (PyDict_DelItem(reader->types, PyList_GET_ITEM(reader->undo, i)) < 0)
            PyErr_Clear();
    reader->pending_count = 0;
    PyErr_Restore(type, value, traceback);
}

ctype *compiled_type_here(compiled_reader *reader, compiled_code code)
{
    ctype *type;
    int outermost = reader->building++ == 0;

    type = compiled_build(reader, &code);
    if (type != NULL && code.at != code.end)
        Py_CLEAR(type);
    while (type != NULL && outermost && reader->pending_count > 0)
        if (compiled_complete(reader, reader->pending[--reader->pending_count]) < 0)
            Py_CLEAR(type);
    reader->building--;
    if (outermost) {
        if (type == NULL)
            compiled_undo(reader);
        Py_CLEAR(reader->undo);
    }
    return type;
}

ctype *compiled_type(compiled_reader *reader, compiled_code code)
{
    ctype *type = compiled_type_here(reader, code);
    PyObject *text, *state, *found = NULL;

    if (type != NULL)
        return type;
    if (PyErr_Occurred()) {
        /* The other reader meets the same error, and words it. */
        if (PyErr_ExceptionMatches(PyExc_MemoryError))
            return NULL;
        PyErr_Clear();
    }
    state = compiled_python_state(reader);
    text = state == NULL ? NULL
                         : PyUnicode_DecodeUTF8(code.at, (Py_ssize_t)(code.end - code.at), NULL);
    if (text != NULL)
        found = compiled_in_python("type_of_code", state, text, NULL);
    Py_XDECREF(text);
    if (found != NULL && !CTYPE_CHECK(reader->state, found)) {
        PyErr_SetString(PyExc_SystemError, "the Python reader made something that is no ctype");
        Py_CLEAR(found);
    }
    return (ctype *)found;
}
