/* cpp_overload.c: chooses among the candidates of a call.

   C++ [over.match]: of the viable candidates the one with the best conversions;
   here by the sum of the arguments' ranks, ties going to the first declared.
   A value may still not fit (an int too large), then the next one is tried.
   The choice depends on types alone and is remembered by them. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_method.h"

/* ---- memo ---------------------------------------------------------------------------------- */

static void overload_remember(cpp_method *self, cpp_candidate *candidate, PyObject *const *args, Py_ssize_t count)
{
    cpp_overload_memo *memo;

    if (count > CPP_MEMO_ARGUMENTS || self->memo_count >= CPP_MEMO_LIMIT)
        return;
    memo = PyMem_RawMalloc(sizeof(cpp_overload_memo));
    if (memo == NULL)
        return;
    memo->candidate = candidate;
    memo->count = count;
    for (Py_ssize_t i = 0; i < count; i++)
        memo->types[i] = (PyTypeObject *)Py_NewRef((PyObject *)Py_TYPE(args[i]));
    CPP_MEMO_LOCK(self->owner->runtime);
    self->memo_count++;
    memo->next = self->memo;
    CPP_STORE_POINTER(self->memo, memo);
    CPP_MEMO_UNLOCK(self->owner->runtime);
}

void cpp_overload_free_memo(cpp_method *self)
{
    cpp_overload_memo *memo = self->memo;

    self->memo = NULL;
    while (memo != NULL) {
        cpp_overload_memo *next = memo->next;
        for (Py_ssize_t i = 0; i < memo->count; i++)
            Py_DECREF((PyObject *)memo->types[i]);
        PyMem_RawFree(memo);
        memo = next;
    }
}

/* ---- messages --------------------------------------------------------------------------------- */

/* The candidates that could be meant, each with the reason why it was not taken. */
static PyObject *overload_list(cpp_method *self, PyObject **reasons)
{
    PyObject *text = PyUnicode_FromString("");

    for (Py_ssize_t i = 0; text != NULL && i < self->candidate_count; i++) {
        cpp_candidate *candidate = self->candidates[i];
        PyObject *line;
        if (reasons != NULL && reasons[i] != NULL)
            line = PyUnicode_FromFormat("%U\n  %U => %S", text, candidate->signature, reasons[i]);
        else if (candidate->reason != NULL)
            line = PyUnicode_FromFormat("%U\n  %U => cannot be called: %U", text, candidate->signature,
                                        candidate->reason);
        else
            line = PyUnicode_FromFormat("%U\n  %U => takes %d argument%s", text, candidate->signature,
                                        (int)candidate->count, candidate->count == 1 ? "" : "s");
        Py_DECREF(text);
        text = line;
    }
    return text;
}

static PyObject *overload_no_match(cpp_method *self, PyObject *const *args, Py_ssize_t count, PyObject **reasons,
                                   PyObject *error_class)
{
    PyObject *given = PyUnicode_FromString(""), *list = overload_list(self, reasons);
    const char *owner = ((PyTypeObject *)self->owner)->tp_name;

    for (Py_ssize_t i = 0; given != NULL && i < count; i++)
        Py_SETREF(given, PyUnicode_FromFormat("%U%s%s", given, i == 0 ? "" : ", ", Py_TYPE(args[i])->tp_name));
    if (given != NULL && list != NULL) {
        if (self->candidate_count == 0)
            PyErr_Format(PyExc_TypeError, "'%s.%U' has no accessible overload", owner, self->name);
        else
            PyErr_Format(error_class, "no overload of '%s.%U' takes (%U):%U", owner, self->name, given, list);
    }
    Py_XDECREF(given);
    Py_XDECREF(list);
    return NULL;
}

/* ---- the choice --------------------------------------------------------------------------------- */

typedef struct overload_entry {
    int rank;
    Py_ssize_t index;
} overload_entry;

#define OVERLOAD_ON_STACK 32

static int overload_rank(cpp_candidate *candidate, PyObject *const *args, Py_ssize_t count)
{
    int total = 0;

    if (count > candidate->count) {     /* an ellipsis, [over.ics.ellipsis]: worse than anything */
        total = 10 * CPP_RANK_USER;
        count = candidate->count;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        cpp_type *type = candidate->arguments[i].type;
        int rank = type->ops->rank(type, args[i]);
        if (rank < 0)
            return CPP_RANK_NONE;
        total += rank;
    }
    return total;
}

static int overload_applies(cpp_method *self, cpp_candidate *candidate, void *object, Py_ssize_t count)
{
    int fits = candidate->flags & CPP_CANDIDATE_VARIADIC ? candidate->count <= count : candidate->count == count;

    return fits && candidate->reason == NULL &&
           (object != NULL || !(candidate->flags & CPP_CANDIDATE_THIS) || (self->flags & CPP_METHOD_STATIC));
}

static PyObject *overload_run(cpp_method *self, cpp_candidate *candidate, void *object, PyObject *owner,
                              PyObject *const *args, Py_ssize_t count, int *bad)
{
    if (COMPAT_UNLIKELY(candidate->flags & CPP_CANDIDATE_VARIADIC))
        return cpp_method_run_variadic(self, candidate, object, owner, args, count, bad);
    return cpp_method_run(self, candidate, object, owner, args, bad);
}

/* The viable ones, best first; how many. */
static Py_ssize_t overload_sort(cpp_method *self, void *object, PyObject *const *args, Py_ssize_t count,
                                overload_entry *order)
{
    Py_ssize_t used = 0;

    for (Py_ssize_t i = 0; i < self->candidate_count; i++) {
        if (!overload_applies(self, self->candidates[i], object, count))
            continue;
        int rank = overload_rank(self->candidates[i], args, count);
        if (rank < 0)
            continue;
        Py_ssize_t at = used++;
        for (; at > 0 && order[at - 1].rank > rank; at--)
            order[at] = order[at - 1];
        order[at].rank = rank;
        order[at].index = i;
    }
    return used;
}

/* Takes the error that is set; keeps the class that all have in common. */
static PyObject *overload_take_error(PyObject **error_class)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (*error_class == NULL)
        *error_class = type;    /* exception classes of converters are built in */
    else if (*error_class != type)
        *error_class = PyExc_TypeError;
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
}

/* Why a candidate that was ruled out by rank is not viable: ask its converters. */
static PyObject *overload_ask_why(cpp_candidate *candidate, PyObject *const *args, PyObject **error_class)
{
    for (Py_ssize_t i = 0; i < candidate->count; i++) {
        cpp_type *type = candidate->arguments[i].type;
        if (type->ops->rank(type, args[i]) >= 0)
            continue;
        char *scratch = PyMem_Calloc(1, (size_t)type->ops->scratch_size + 16);
        cpp_call call = {NULL};
        int64_t place;
        if (scratch == NULL) {
            PyErr_NoMemory();
            return overload_take_error(error_class);
        }
        if (type->ops->argument(type, args[i], &place, &call, scratch) == 0)
            PyErr_Format(PyExc_TypeError, "cannot convert %s to '%U'", Py_TYPE(args[i])->tp_name, type->spelling);
        cpp_candidate_explain(candidate, i);
        PyObject *reason = overload_take_error(error_class);
        cpp_candidate_clean(&call);
        PyMem_Free(scratch);
        return reason;
    }
    return NULL;
}

/* The error has the class that the failures of all viable candidates have. */
static PyObject *overload_search(cpp_method *self, void *object, PyObject *owner, PyObject *const *args,
                                 Py_ssize_t count, overload_entry *order, PyObject **reasons, int *unmatched)
{
    Py_ssize_t viable = overload_sort(self, object, args, count, order);
    PyObject *error_class = NULL, *result = NULL;
    int bad = 1;

    for (Py_ssize_t i = 0; i < viable; i++) {
        cpp_candidate *candidate = self->candidates[order[i].index];
        bad = 0;
        result = overload_run(self, candidate, object, owner, args, count, &bad);
        if (!bad) {
            if (i == 0)
                overload_remember(self, candidate, args, count);
            break;
        }
        reasons[order[i].index] = overload_take_error(&error_class);
    }
    *unmatched = bad;
    if (!bad)
        return result;
    for (Py_ssize_t i = 0; i < self->candidate_count; i++) {
        PyObject *ignored = NULL;
        if (reasons[i] == NULL && overload_applies(self, self->candidates[i], object, count))
            reasons[i] = overload_ask_why(self->candidates[i], args, &ignored);
    }
    return overload_no_match(self, args, count, reasons, error_class ? error_class : PyExc_TypeError);
}

/* No overload fits: an instance of a template may.  The error that is set stays where none does. */
static PyObject *overload_instantiate(cpp_method *self, void *object, PyObject *owner, PyObject *const *args,
                                      Py_ssize_t count)
{
    PyObject *hook = self->owner->runtime->instantiate_overload, *found = NULL, *result = NULL;
    PyObject *type, *value, *traceback, *given;

    if (hook == NULL || !PyErr_ExceptionMatches(PyExc_TypeError))
        return NULL;
    PyErr_Fetch(&type, &value, &traceback);
    given = PyTuple_New(count);
    for (Py_ssize_t i = 0; given != NULL && i < count; i++)
        PyTuple_SET_ITEM(given, i, Py_NewRef(args[i]));
    if (given != NULL)
        found = PyObject_CallFunctionObjArgs(hook, (PyObject *)self, given, NULL);
    Py_XDECREF(given);
    if (found == Py_None) {
        PyErr_Restore(type, value, traceback);
        type = value = traceback = NULL;
    }
    else if (found != NULL && !Py_IS_TYPE(found, Py_TYPE(self)))
        PyErr_SetString(PyExc_TypeError, "the hook instantiate_overload gives a method or None");
    else if (found != NULL &&
             ((((cpp_method *)found)->flags & CPP_METHOD_READY) || cpp_method_resolve((cpp_method *)found) == 0))
        result = cpp_overload_call((cpp_method *)found, object, owner, args, count, NULL);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    Py_XDECREF(found);
    return result;
}

/* *unmatched is set where no candidate takes the arguments. */
static PyObject *overload_choose(cpp_method *self, void *object, PyObject *owner, PyObject *const *args,
                                 Py_ssize_t count, int *unmatched)
{
    cpp_candidate *known = cpp_method_recall(self, args, count);
    overload_entry on_stack[OVERLOAD_ON_STACK], *order = on_stack;
    PyObject *reasons_on_stack[OVERLOAD_ON_STACK], **reasons = reasons_on_stack, *result;
    Py_ssize_t total = self->candidate_count;
    int bad = 0;

    if (known != NULL) {
        result = overload_run(self, known, object, owner, args, count, &bad);
        if (!bad)
            return result;
        PyErr_Clear();          /* another one may take this value */
    }
    if (total == 1 && !(self->flags & CPP_METHOD_TEMPLATE) && self->candidates[0]->count == count &&
        (object != NULL || !(self->candidates[0]->flags & CPP_CANDIDATE_THIS)) &&
        !(self->candidates[0]->flags & CPP_CANDIDATE_VARIADIC))
        return cpp_method_run(self, self->candidates[0], object, owner, args, unmatched);
    if (total > OVERLOAD_ON_STACK) {
        order = PyMem_Malloc((size_t)total * sizeof(overload_entry));
        reasons = PyMem_Malloc((size_t)total * sizeof(PyObject *));
        if (order == NULL || reasons == NULL) {
            PyMem_Free(order);
            PyMem_Free(reasons);
            return PyErr_NoMemory();
        }
    }
    memset(reasons, 0, (size_t)total * sizeof(PyObject *));
    result = overload_search(self, object, owner, args, count, order, reasons, unmatched);
    for (Py_ssize_t i = 0; i < total; i++)
        Py_XDECREF(reasons[i]);
    if (order != on_stack) {
        PyMem_Free(order);
        PyMem_Free(reasons);
    }
    if (COMPAT_UNLIKELY(result == NULL && (self->flags & CPP_METHOD_TEMPLATE)))
        return overload_instantiate(self, object, owner, args, count);
    return result;
}

/* Converting constructors do not nest: one user-defined conversion per argument. */
static _Thread_local int overload_converting;

/* No candidate takes the arguments: one may take what conversion functions of them give, [over.ics.user].  The error
   that is set stays where none does. */
COMPAT_NOINLINE PyObject *cpp_overload_retry(cpp_method *self, void *object, PyObject *owner, PyObject *const *args,
                                             Py_ssize_t count)
{
    PyObject *hook = self->owner->runtime->convert_arguments, *given, *found = NULL, *result = NULL;
    PyObject *type, *value, *traceback;
    int objects = 0, unmatched = 0;

    for (Py_ssize_t i = 0; i < count; i++)
        objects += cpp_class_of_type(Py_TYPE(args[i])) != NULL || PyExceptionInstance_Check(args[i]) ||
                   args[i] == self->owner->runtime->default_constant;
    if (objects == 0 || hook == NULL || overload_converting || !PyErr_ExceptionMatches(PyExc_TypeError))
        return NULL;
    PyErr_Fetch(&type, &value, &traceback);
    given = PyTuple_New(count);
    for (Py_ssize_t i = 0; given != NULL && i < count; i++)
        PyTuple_SET_ITEM(given, i, Py_NewRef(args[i]));
    if (given != NULL)
        found = PyObject_CallFunctionObjArgs(hook, (PyObject *)self, given, NULL);
    Py_XDECREF(given);
    if (found == Py_None) {
        PyErr_Restore(type, value, traceback);
        type = value = traceback = NULL;
    }
    else if (found != NULL && !PyTuple_Check(found))
        PyErr_SetString(PyExc_TypeError, "the hook convert_arguments gives a tuple or None");
    else if (found != NULL)
        result = overload_choose(self, object, owner, &PyTuple_GET_ITEM(found, 0), PyTuple_GET_SIZE(found),
                                 &unmatched);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    Py_XDECREF(found);
    return result;
}

PyObject *cpp_type_convert(cpp_type *type, PyObject *value)
{
    PyObject *hook = type->runtime->convert_value, *error, *text, *traceback, *found, *result = NULL;

    if (cpp_class_of_type(Py_TYPE(value)) == NULL || hook == NULL || overload_converting ||
        !PyErr_ExceptionMatches(PyExc_TypeError))
        return NULL;
    PyErr_Fetch(&error, &text, &traceback);
    /* What is stored by way of a reference goes where that refers to. */
    found = PyObject_CallFunctionObjArgs(hook, (PyObject *)(type->kind == CPP_LVALUE_REF ? type->target : type), value, NULL);
    if (found == Py_None) {
        PyErr_Restore(error, text, traceback);
        error = text = traceback = NULL;
    }
    else if (found != NULL && PyTuple_Check(found) && PyTuple_GET_SIZE(found) == 1)
        result = Py_NewRef(PyTuple_GET_ITEM(found, 0));
    else if (found != NULL)
        PyErr_SetString(PyExc_TypeError, "the hook convert_value gives a tuple of one, or None");
    Py_XDECREF(error);
    Py_XDECREF(text);
    Py_XDECREF(traceback);
    Py_XDECREF(found);
    return result;
}

int cpp_type_store_converted(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    PyObject *converted = cpp_type_convert(type, value);
    int status = converted == NULL ? -1 : type->ops->store(type, address, converted, owner);

    Py_XDECREF(converted);
    return status;
}

static PyObject *overload_call_positional(cpp_method *self, void *object, PyObject *owner, PyObject *const *args,
                                          Py_ssize_t count)
{
    int unmatched = 0;
    PyObject *result = overload_choose(self, object, owner, args, count, &unmatched);

    return COMPAT_UNLIKELY(unmatched) && result == NULL ? cpp_overload_retry(self, object, owner, args, count) : result;
}

/* ---- keywords ------------------------------------------------------------------------------------- */

/* Orders positional and keyword arguments as the candidate wants them; 0 where
   a name is unknown or given twice. */
static int overload_arrange(cpp_candidate *candidate, PyObject *const *args, Py_ssize_t count,
                            PyObject *keyword_names, PyObject **arranged)
{
    Py_ssize_t total = count + PyTuple_GET_SIZE(keyword_names);

    if (total > candidate->count)
        return 0;               /* what an ellipsis takes has no place behind keywords */
    for (Py_ssize_t i = 0; i < total; i++)
        arranged[i] = i < count ? args[i] : NULL;
    for (Py_ssize_t i = count; i < total; i++) {
        PyObject *name = PyTuple_GET_ITEM(keyword_names, i - count);
        Py_ssize_t at = 0;
        while (at < candidate->count && PyUnicode_Compare(PyTuple_GET_ITEM(candidate->names, at), name) != 0)
            at++;
        if (at == candidate->count || arranged[at] != NULL)
            return 0;
        arranged[at] = args[i];
    }
    return 1;
}

/* No record has just these arguments: perhaps with defaults in between.  NULL
   without an error where that is not so either. */
static PyObject *overload_fill_defaults(cpp_method *self, void *object, PyObject *owner, PyObject *const *args,
                                        Py_ssize_t count, PyObject *keyword_names)
{
    PyObject *positional, *keywords = PyDict_New(), *calls = NULL, *result = NULL;

    positional = PyTuple_New(count);
    for (Py_ssize_t i = 0; positional != NULL && i < count; i++)
        PyTuple_SET_ITEM(positional, i, Py_NewRef(args[i]));
    for (Py_ssize_t i = 0; keywords != NULL && i < PyTuple_GET_SIZE(keyword_names); i++) {
        if (PyDict_SetItem(keywords, PyTuple_GET_ITEM(keyword_names, i), args[count + i]) < 0)
            Py_CLEAR(keywords);
    }
    if (positional != NULL && keywords != NULL && self->owner->runtime->fill_defaults != NULL)
        calls = PyObject_CallFunctionObjArgs(self->owner->runtime->fill_defaults, (PyObject *)self, positional,
                                             keywords, NULL);
    if (calls != NULL && PyList_Check(calls)) {
        for (Py_ssize_t i = 0; result == NULL && i < PyList_GET_SIZE(calls); i++) {
            PyObject *call = PyList_GET_ITEM(calls, i);
            PyErr_Clear();
            result = overload_call_positional(self, object, owner, &PyTuple_GET_ITEM(call, 0), PyTuple_GET_SIZE(call));
            if (result == NULL && !PyErr_ExceptionMatches(PyExc_TypeError))
                break;
        }
    }
    Py_XDECREF(positional);
    Py_XDECREF(keywords);
    Py_XDECREF(calls);
    return result;
}

static PyObject *overload_call_keywords(cpp_method *self, void *object, PyObject *owner, PyObject *const *args,
                                        Py_ssize_t count, PyObject *keyword_names)
{
    Py_ssize_t total = count + PyTuple_GET_SIZE(keyword_names);
    PyObject **arranged = PyMem_Malloc((size_t)(total + 1) * 2 * sizeof(PyObject *)), *result = NULL;
    PyObject **best_arranged = arranged + total + 1;
    cpp_candidate *best = NULL, *named = NULL;
    int best_rank = 0, bad = 0;

    if (arranged == NULL)
        return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < self->candidate_count; i++) {
        cpp_candidate *candidate = self->candidates[i];
        if (!overload_applies(self, candidate, object, total) ||
            !overload_arrange(candidate, args, count, keyword_names, arranged))
            continue;
        int rank = overload_rank(candidate, arranged, total);
        if (named == NULL || (rank >= 0 && (best == NULL || rank < best_rank))) {
            named = candidate;
            memcpy(best_arranged, arranged, (size_t)total * sizeof(PyObject *));
        }
        if (rank >= 0 && (best == NULL || rank < best_rank)) {
            best = candidate;
            best_rank = rank;
        }
    }
    if (named != NULL) {
        result = cpp_method_run(self, best != NULL ? best : named, object, owner, best_arranged, &bad);
        if (COMPAT_UNLIKELY(bad) && result == NULL)
            result = cpp_overload_retry(self, object, owner, best_arranged, total);
    }
    else {
        result = overload_fill_defaults(self, object, owner, args, count, keyword_names);
        PyObject *list = result == NULL && !PyErr_Occurred() ? overload_list(self, NULL) : NULL;
        if (list != NULL)
            PyErr_Format(PyExc_TypeError, "no overload of '%s.%U' takes %zd arguments with the keywords %R:%U",
                         ((PyTypeObject *)self->owner)->tp_name, self->name, total, keyword_names, list);
        Py_XDECREF(list);
    }
    PyMem_Free(arranged);
    return result;
}

PyObject *cpp_overload_call(cpp_method *self, void *object, PyObject *owner, PyObject *const *args,
                            Py_ssize_t count, PyObject *keyword_names)
{
    if (keyword_names != NULL && PyTuple_GET_SIZE(keyword_names) > 0)
        return overload_call_keywords(self, object, owner, args, count, keyword_names);
    return overload_call_positional(self, object, owner, args, count);
}

/* ---- implicit conversions --------------------------------------------------------------------------- */

int cpp_method_rank_conversion(PyObject *constructor, PyObject *value)
{
    cpp_method *self = (cpp_method *)constructor;
    int best = CPP_RANK_NONE;

    if (overload_converting)
        return CPP_RANK_NONE;
    if (!(self->flags & CPP_METHOD_READY) && cpp_method_resolve(self) < 0) {
        PyErr_Clear();
        return CPP_RANK_NONE;
    }
    overload_converting = 1;
    for (Py_ssize_t i = 0; i < self->candidate_count; i++) {
        cpp_candidate *candidate = self->candidates[i];
        if (candidate->count != 1 || candidate->reason != NULL ||
            (candidate->flags & (CPP_CANDIDATE_EXPLICIT | CPP_CANDIDATE_COPY)))
            continue;
        int rank = overload_rank(candidate, &value, 1);
        if (rank >= 0 && (best < 0 || rank < best))
            best = rank;
    }
    overload_converting = 0;
    return best;
}

PyObject *cpp_method_convert(PyObject *cls, PyObject *value)
{
    int outer = overload_converting;
    PyObject *object;

    /* Without this, a value that no constructor takes would be offered to the
       copy constructor, converted for that, and so on without end. */
    overload_converting = 1;
    object = PyObject_CallOneArg(cls, value);
    overload_converting = outer;
    return object;
}
