/* call_names.c: a function's name and the names of its parameters: keyword
   arguments, and what inspect and help() see.

   Out of the way of calls that have positional arguments only: call_bind.c
   comes here with the others.  Neighbour: call.c makes the callables. */
#include "call.h"
#include "cdata.h"
#include "call_entries.h"

static Py_ssize_t call_names_count(const cdata_function *self)
{
    return PyTuple_GET_SIZE(self->head.type->u.function.args);
}

/* Parameters before this one have no name that a keyword could use: one without
   a name, and all that precede it, as in Python's own signatures. */
static Py_ssize_t call_names_first(const cdata_function *self)
{
    Py_ssize_t i = call_names_count(self);

    if (self->parameters != NULL)
        while (i > 0 && PyUnicode_GET_LENGTH(PyTuple_GET_ITEM(self->parameters, i - 1)) > 0)
            i--;
    return i;
}

int call_names_check(ctype *type, PyObject *parameters)
{
    Py_ssize_t i, count = PyTuple_GET_SIZE(type->u.function.args);

    if (!PyTuple_Check(parameters) || PyTuple_GET_SIZE(parameters) != count) {
        PyErr_Format(PyExc_TypeError, "parameters must be a tuple of %zd str for '%U', not %R",
                     count, type->name, parameters);
        return -1;
    }
    for (i = 0; i < count; i++)
        if (!PyUnicode_Check(PyTuple_GET_ITEM(parameters, i))) {
            PyErr_Format(PyExc_TypeError, "parameters must be str, not %.200s",
                         Py_TYPE(PyTuple_GET_ITEM(parameters, i))->tp_name);
            return -1;
        }
    return 0;
}

/* --- keyword arguments ------------------------------------------------------ */

/* The index of the parameter; -1: there is none of this name. */
static Py_ssize_t call_names_find(const cdata_function *self, PyObject *name)
{
    Py_ssize_t i, count = call_names_count(self);

    if (PyUnicode_GET_LENGTH(name) == 0)
        return -1;
    for (i = 0; i < count; i++)
        if (PyTuple_GET_ITEM(self->parameters, i) == name)
            return i;
    for (i = 0; i < count; i++)
        if (PyUnicode_Compare(PyTuple_GET_ITEM(self->parameters, i), name) == 0)
            return i;
    return -1;
}

/* Names every parameter that has no value, in Python's words. */
static void call_names_raise_missing(cdata_function *self, PyObject *const *values)
{
    Py_ssize_t i, missing = 0, told = 0, count = call_names_count(self);
    PyObject *text = PyUnicode_FromString("");

    for (i = 0; i < count; i++)
        missing += values[i] == NULL;
    for (i = 0; i < count && text != NULL; i++) {
        PyObject *name = PyTuple_GET_ITEM(self->parameters, i);
        const char *before;

        if (values[i] != NULL)
            continue;
        told++;
        before = told == 1 ? "" : told < missing ? ", " : missing == 2 ? " and " : ", and ";
        Py_SETREF(text, PyUnicode_GET_LENGTH(name) > 0
                            ? PyUnicode_FromFormat("%U%s'%U'", text, before, name)
                            : PyUnicode_FromFormat("%U%s'arg%zd'", text, before, i + 1));
    }
    if (text != NULL)
        PyErr_Format(PyExc_TypeError, "%U() missing %zd required positional argument%s: %U",
                     call_name_of(self), missing, missing == 1 ? "" : "s", text);
    Py_XDECREF(text);
}

/* Puts the keyword arguments into their places.  0, or -1 with an error. */
static int call_names_place(cdata_function *self, PyObject *const *args, Py_ssize_t positional,
                            PyObject *kwnames, PyObject **values)
{
    Py_ssize_t i, first = call_names_first(self);

    for (i = 0; i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        Py_ssize_t which = call_names_find(self, name);
        const char *problem = NULL;

        if (which < 0)
            problem = "%U() got an unexpected keyword argument '%U'";
        else if (which < first)
            problem = "%U() got some positional-only arguments passed as keyword arguments: '%U'";
        else if (which < positional)
            problem = "%U() got multiple values for argument '%U'";
        if (problem != NULL) {
            PyErr_Format(PyExc_TypeError, problem, call_name_of(self), name);
            return -1;
        }
        values[which] = args[positional + i];
    }
    return 0;
}

PyObject *call_with_keywords(cdata_function *self, PyObject *const *args, size_t nargsf,
                             PyObject *kwnames)
{
    Py_ssize_t i, positional = PyVectorcall_NARGS(nargsf), count = call_names_count(self);
    PyObject *few[16] = {NULL}, **values = few, *result = NULL;

    if (count > (Py_ssize_t)(sizeof few / sizeof *few)) {
        values = PyMem_Calloc((size_t)count, sizeof *values);
        if (values == NULL)
            return PyErr_NoMemory();
    }
    for (i = 0; i < positional && i < count; i++)
        values[i] = args[i];
    if (call_names_place(self, args, positional, kwnames, values) < 0)
        goto done;
    if (positional > count) {
        result = call_refuse_arguments(self, args, nargsf, NULL);
        goto done;
    }
    for (i = 0; i < count; i++)
        if (values[i] == NULL) {
            call_names_raise_missing(self, values);
            goto done;
        }
    result = self->call((PyObject *)self, values, (size_t)count, NULL);
done:
    if (values != few)
        PyMem_Free(values);
    return result;
}

/* --- what inspect and help() see -------------------------------------------- */

static PyObject *call_names_get_name(PyObject *object, void *attribute)
{
    PyObject *name = ((cdata_function *)object)->name;

    if (name != NULL)
        return Py_NewRef(name);
    PyErr_Format(PyExc_AttributeError, "cdata '%U' has no %s: it is a pointer to a function "
                 "whose name is not known", ((cdata *)object)->type->name, (char *)attribute);
    return NULL;
}

/* `declarator`, which is taken over, declared with the type: "char *" and "f()"
   give "char *f()". */
static PyObject *call_names_declare(ctype *type, PyObject *declarator)
{
    Py_ssize_t position = type->name_position;
    PyObject *head, *tail, *text = NULL;
    int tight;

    if (declarator == NULL)
        return NULL;
    head = PyUnicode_Substring(type->name, 0, position);
    tail = PyUnicode_Substring(type->name, position, PyUnicode_GET_LENGTH(type->name));
    tight = position > 0 && PyUnicode_READ_CHAR(type->name, position - 1) == '*';
    if (head != NULL && tail != NULL)
        text = PyUnicode_FromFormat("%U%s%U%U", head,
                                    tight || PyUnicode_GET_LENGTH(declarator) == 0 ? "" : " ",
                                    declarator, tail);
    Py_XDECREF(head);
    Py_XDECREF(tail);
    Py_DECREF(declarator);
    return text;
}

/* The parameters as C declares them. */
static PyObject *call_names_list(cdata_function *self)
{
    ctype *type = self->head.type;
    Py_ssize_t i, count = call_names_count(self);
    PyObject *parts = PyList_New(0), *comma, *text = NULL;
    int failed = parts == NULL;

    for (i = 0; i < count && !failed; i++) {
        PyObject *name = self->parameters == NULL ? PyUnicode_FromString("")
                                                  : Py_NewRef(PyTuple_GET_ITEM(self->parameters, i));
        PyObject *part = call_names_declare((ctype *)PyTuple_GET_ITEM(type->u.function.args, i),
                                            name);

        failed = part == NULL || PyList_Append(parts, part) < 0;
        Py_XDECREF(part);
    }
    if (!failed && (count == 0 || type->u.function.ellipsis)) {
        PyObject *last = PyUnicode_FromString(count == 0 ? "void" : "...");

        failed = last == NULL || PyList_Append(parts, last) < 0;
        Py_XDECREF(last);
    }
    comma = failed ? NULL : PyUnicode_FromString(", ");
    if (comma != NULL)
        text = PyUnicode_Join(comma, parts);
    Py_XDECREF(comma);
    Py_XDECREF(parts);
    return text;
}

/* The declaration in C; of a pointer without a name what it is. */
static PyObject *call_names_get_doc(PyObject *object, void *Py_UNUSED(closure))
{
    cdata_function *self = (cdata_function *)object;
    PyObject *parameters, *declarator, *text, *line;

    if (self->name == NULL)
        return PyUnicode_FromString("A pointer to a C function.");
    parameters = call_names_list(self);
    if (parameters == NULL)
        return NULL;
    declarator = PyUnicode_FromFormat("%U(%U)", self->name, parameters);
    Py_DECREF(parameters);
    text = call_names_declare(self->head.type->item, declarator);
    if (text == NULL)
        return NULL;
    line = PyUnicode_FromFormat("%U;", text);
    Py_DECREF(text);
    return line;
}

/* inspect.Parameter(name, kind, annotation=annotation); `name` is taken over. */
static PyObject *call_names_parameter(PyObject *class, PyObject *name, const char *kind,
                                      PyObject *annotation)
{
    PyObject *which = PyObject_GetAttrString(class, kind), *result = NULL, *keywords = NULL;
    PyObject *args = name == NULL || which == NULL ? NULL : PyTuple_Pack(2, name, which);

    if (args != NULL && (keywords = PyDict_New()) != NULL &&
        (annotation == NULL || PyDict_SetItemString(keywords, "annotation", annotation) == 0))
        result = PyObject_Call(class, args, keywords);
    Py_XDECREF(args);
    Py_XDECREF(keywords);
    Py_XDECREF(which);
    Py_XDECREF(name);
    return result;
}

/* A list of inspect.Parameter. */
static PyObject *call_names_parameters(cdata_function *self, PyObject *class)
{
    ctype *type = self->head.type;
    Py_ssize_t i, count = call_names_count(self), first = call_names_first(self);
    PyObject *list = PyList_New(0), *item;
    int failed = list == NULL;

    for (i = 0; i < count && !failed; i++) {
        PyObject *name = self->parameters == NULL ? NULL : PyTuple_GET_ITEM(self->parameters, i);

        name = name != NULL && PyUnicode_GET_LENGTH(name) > 0
                   ? Py_NewRef(name)
                   : PyUnicode_FromFormat("arg%zd", i + 1);
        item = call_names_parameter(class, name,
                                    i < first ? "POSITIONAL_ONLY" : "POSITIONAL_OR_KEYWORD",
                                    ((ctype *)PyTuple_GET_ITEM(type->u.function.args, i))->name);
        failed = item == NULL || PyList_Append(list, item) < 0;
        Py_XDECREF(item);
    }
    if (!failed && type->u.function.ellipsis) {
        PyObject *name = PyUnicode_FromString("args");
        int taken = name == NULL || self->parameters == NULL
                        ? 0
                        : PySequence_Contains(self->parameters, name);

        if (taken > 0)
            Py_SETREF(name, PyUnicode_FromString("more_args"));
        item = call_names_parameter(class, name, "VAR_POSITIONAL", NULL);
        failed = item == NULL || PyList_Append(list, item) < 0;
        Py_XDECREF(item);
    }
    if (failed)
        Py_CLEAR(list);
    return list;
}

/* An inspect.Signature; annotations are the names of the C types. */
static PyObject *call_names_get_signature(PyObject *object, void *Py_UNUSED(closure))
{
    cdata_function *self = (cdata_function *)object;
    PyObject *inspect = PyImport_ImportModule("inspect"), *result = NULL, *keywords = NULL;
    PyObject *class = NULL, *parameter = NULL, *list = NULL, *args = NULL;

    if (inspect == NULL)
        return NULL;
    class = PyObject_GetAttrString(inspect, "Signature");
    parameter = PyObject_GetAttrString(inspect, "Parameter");
    if (class != NULL && parameter != NULL)
        list = call_names_parameters(self, parameter);
    if (list != NULL)
        args = PyTuple_Pack(1, list);
    if (args != NULL && (keywords = PyDict_New()) != NULL &&
        PyDict_SetItemString(keywords, "return_annotation", self->head.type->item->name) == 0)
        result = PyObject_Call(class, args, keywords);
    Py_XDECREF(keywords);
    Py_XDECREF(args);
    Py_XDECREF(list);
    Py_XDECREF(parameter);
    Py_XDECREF(class);
    Py_DECREF(inspect);
    return result;
}

PyGetSetDef call_names_getset[] = {
    {"__name__", call_names_get_name, NULL, NULL, (void *)"__name__"},
    {"__qualname__", call_names_get_name, NULL, NULL, (void *)"__qualname__"},
    {"__doc__", call_names_get_doc, NULL, NULL, NULL},
    {"__signature__", call_names_get_signature, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
