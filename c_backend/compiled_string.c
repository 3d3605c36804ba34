/* compiled_string.c: reads type strings such as "struct point *[4]" or
   "int(*)(const char *, ...)", as a compiled module's `ffi` is given them.

   What C programs mostly write: specifiers, tags, typedef names, declarators without
   names, decimal lengths.  Anything else, and every mistake, is for
   cffi_like/type_string.py.  The result is a type code (cffi_like/opcodes.py), so that
   compiled_type.c makes the type.  C11 6.7.7 is the grammar. */
#include "core.h"
#include "compiled.h"

typedef struct compiled_scan {
    compiled_reader *reader;
    const char *at;             /* ends in a zero byte */
} compiled_scan;

/* A code that grows at both ends. */
typedef struct compiled_buffer {
    char text[COMPILED_LONGEST_CODE];
    size_t length;
} compiled_buffer;

static int compiled_put(compiled_buffer *buffer, const char *text, size_t length)
{
    if (length >= sizeof buffer->text - buffer->length)
        return -1;
    memcpy(buffer->text + buffer->length, text, length);
    buffer->length += length;
    return 0;
}

static int compiled_put_before(compiled_buffer *buffer, const char *text, size_t length)
{
    if (length >= sizeof buffer->text - buffer->length)
        return -1;
    memmove(buffer->text + length, buffer->text, buffer->length);
    memcpy(buffer->text, text, length);
    buffer->length += length;
    return 0;
}

/* --- words ----------------------------------------------------------------- */

static void compiled_skip_blanks(compiled_scan *scan)
{
    while (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n')
        scan->at++;
}

/* The letter that is next, behind blanks. */
static char compiled_peek(compiled_scan *scan)
{
    compiled_skip_blanks(scan);
    return *scan->at;
}

static int compiled_is_letter(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '$';
}

/* An identifier, or nothing. */
static compiled_code compiled_word(compiled_scan *scan)
{
    compiled_code word = {NULL, NULL, 0, {0, 0}};

    compiled_skip_blanks(scan);
    word.at = scan->at;
    if (!(*scan->at >= '0' && *scan->at <= '9'))
        while (compiled_is_letter(*scan->at))
            scan->at++;
    word.end = scan->at;
    return word;
}

static int compiled_is_qualifier(compiled_code word)
{
    return compiled_is(word, "const") || compiled_is(word, "volatile") ||
           compiled_is(word, "restrict") || compiled_is(word, "__restrict");
}

/* --- specifiers ------------------------------------------------------------ */

/* How often each stands there (C11 6.7.2 p2). */
typedef struct compiled_specifiers {
    int total, is_signed, is_unsigned, is_short, is_long, is_int;
    const char *alone;          /* letter of a type that is neither short nor an int, or NULL */
} compiled_specifiers;

static int compiled_count_specifier(compiled_specifiers *found, compiled_code word)
{
    static const char *const alone[][2] = {
        {"char", "c"}, {"float", "f"}, {"double", "d"}, {"_Bool", "b"}, {"void", "v"},
    };

    found->total++;
    if (compiled_is(word, "int"))
        return ++found->is_int;
    if (compiled_is(word, "unsigned"))
        return ++found->is_unsigned;
    if (compiled_is(word, "long"))
        return ++found->is_long;
    if (compiled_is(word, "signed"))
        return ++found->is_signed;
    if (compiled_is(word, "short"))
        return ++found->is_short;
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        if (found->alone == NULL && compiled_is(word, alone[i][0])) {
            found->alone = alone[i][1];
            return 1;
        }
    found->total--;
    return 0;
}

/* The letter of code_table.LETTER_OF_PRIMITIVE, or NULL. */
static const char *compiled_specified(const compiled_specifiers *found)
{
    int sign = found->is_signed + found->is_unsigned;

    if (sign > 1 || found->is_int > 1 || found->is_short > 1 || found->is_long > 2 ||
        (found->is_short && found->is_long))
        return NULL;
    if (found->alone != NULL) {
        if (found->total == 1)
            return found->alone;
        if (*found->alone == 'c' && found->total == 2 && sign)
            return found->is_unsigned ? "h" : "a";
        return *found->alone == 'd' && found->total == 2 && found->is_long == 1 ? "e" : NULL;
    }
    if (found->is_short)
        return found->is_unsigned ? "t" : "s";
    if (found->is_long == 2)
        return found->is_unsigned ? "y" : "x";
    if (found->is_long)
        return found->is_unsigned ? "m" : "l";
    return found->is_unsigned ? "j" : "i";
}

/* --- names ----------------------------------------------------------------- */

/* The code of a typedef, of this module or one that it includes. */
static int compiled_typedef(compiled_reader *reader, compiled_code name, compiled_buffer *out)
{
    char buffer[COMPILED_LONGEST_CODE];
    compiled_code found;
    int result = -1;

    if (compiled_lock(reader) < 0)
        return -1;
    if (compiled_find(reader, COMPILED_TYPEDEFS, name.at, (size_t)(name.end - name.at), &found)) {
        if (found.count == 0 || (found.count == 1 &&
            compiled_with_lengths(reader, &found, &found.index[0], buffer) == 0))
            result = compiled_put(out, found.at, (size_t)(found.end - found.at));
    }
    else
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(reader->peers) && result < 0; i++)
            result = compiled_typedef((compiled_reader *)PyTuple_GET_ITEM(reader->peers, i), name,
                                      out);
    compiled_unlock(reader);
    return result;
}

static int compiled_declares(compiled_reader *reader, compiled_kind kind, const char *key,
                             size_t length)
{
    compiled_code ignored;
    int found;

    if (compiled_lock(reader) < 0)
        return 0;
    found = compiled_find(reader, kind, key, length, &ignored);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(reader->peers) && !found; i++)
        found = compiled_declares((compiled_reader *)PyTuple_GET_ITEM(reader->peers, i), kind, key,
                                  length);
    compiled_unlock(reader);
    return found;
}

/* `struct tag`, where it is declared. */
static int compiled_tag(compiled_scan *scan, compiled_code keyword, compiled_buffer *out)
{
    compiled_code tag = compiled_word(scan);
    size_t length = (size_t)(tag.end - tag.at);
    char kind = compiled_is(keyword, "enum") ? 'N' : compiled_is(keyword, "union") ? 'U' : 'S';
    char key[256];

    if (length == 0 || length >= sizeof key || *tag.at == '$')
        return -1;
    key[0] = kind == 'U' ? 'u' : 's';
    memcpy(key + 1, tag.at, length);
    if (kind == 'N' ? !compiled_declares(scan->reader, COMPILED_ENUMS, tag.at, length)
                    : !compiled_declares(scan->reader, COMPILED_RECORDS, key, length + 1))
        return -1;
    return compiled_put(out, &kind, 1) < 0 || compiled_put(out, tag.at, length) < 0
               ? -1
               : compiled_put(out, ";", 1);
}

static int compiled_name(compiled_scan *scan, compiled_code name, compiled_buffer *out)
{
    size_t length = (size_t)(name.end - name.at);
    ctype *known;

    if (compiled_typedef(scan->reader, name, out) == 0)
        return 0;
    if (compiled_is(name, "bool"))
        return compiled_put(out, "b", 1);
    if (compiled_is(name, "FILE"))
        return compiled_put(out, "S_IO_FILE;", 10);
    if (length < 3 || memcmp(name.end - 2, "_t", 2) != 0)
        return -1;
    known = compiled_primitive(scan->reader->state, name);
    if (known == NULL)
        return -1;
    Py_DECREF(known);
    return compiled_put(out, "=", 1) < 0 || compiled_put(out, name.at, length) < 0
               ? -1
               : compiled_put(out, ";", 1);
}

static int compiled_base(compiled_scan *scan, compiled_buffer *out)
{
    compiled_specifiers found = {0};
    const char *letter, *before;

    for (;;) {
        compiled_code word;

        before = scan->at;
        word = compiled_word(scan);
        if (word.at == word.end)
            break;
        if (compiled_is_qualifier(word) || (out->length == 0 && compiled_count_specifier(&found, word)))
            continue;
        if (out->length > 0 || found.total > 0) {
            scan->at = before;
            break;
        }
        if (compiled_is(word, "struct") || compiled_is(word, "union") || compiled_is(word, "enum")) {
            if (compiled_tag(scan, word, out) < 0)
                return -1;
        }
        else if (compiled_name(scan, word, out) < 0)
            return -1;
    }
    if (out->length > 0)
        return 0;
    letter = found.total == 0 ? NULL : compiled_specified(&found);
    return letter == NULL ? -1 : compiled_put(out, letter, 1);
}

/* --- declarators ----------------------------------------------------------- */

static int compiled_declarator(compiled_scan *scan, compiled_buffer *out, int depth);

/* [3][4], with `out` as the item. */
static int compiled_lengths(compiled_scan *scan, compiled_buffer *out)
{
    compiled_buffer lengths = {.length = 0};

    while (compiled_peek(scan) == '[') {
        const char *digits;

        scan->at++;
        compiled_skip_blanks(scan);
        digits = scan->at;
        while (*scan->at >= '0' && *scan->at <= '9')
            scan->at++;
        if ((scan->at == digits && lengths.length > 0) || (*digits == '0' && scan->at - digits > 1) ||
            scan->at - digits > 18 || compiled_put(&lengths, "A", 1) < 0 ||
            compiled_put(&lengths, digits, (size_t)(scan->at - digits)) < 0 ||
            compiled_put(&lengths, "_", 1) < 0 || compiled_peek(scan) != ']')
            return -1;
        scan->at++;
    }
    return compiled_put_before(out, lengths.text, lengths.length);
}

/* (int, char *, ...), with `out` as the result; the parenthesis is read. */
static int compiled_parameters(compiled_scan *scan, compiled_buffer *out, int depth)
{
    int count = 0;

    if (out->length == 0 || *out->text == 'A' || *out->text == 'F' ||
        compiled_put_before(out, "F", 1) < 0)
        return -1;
    for (;; count++) {
        compiled_buffer parameter = {.length = 0};

        if (count == 0 && compiled_peek(scan) == ')') {
            scan->at++;
            break;
        }
        compiled_skip_blanks(scan);
        if (count > 0 && strncmp(scan->at, "...", 3) == 0) {
            scan->at += 3;
            if (compiled_peek(scan) != ')')
                return -1;
            scan->at++;
            return compiled_put(out, "z", 1);
        }
        if (compiled_base(scan, &parameter) < 0 || compiled_declarator(scan, &parameter, depth) < 0)
            return -1;
        if (*parameter.text == 'F' && compiled_put_before(&parameter, "P", 1) < 0)
            return -1;
        if (parameter.length == 1 && *parameter.text == 'v') {
            if (count > 0 || compiled_peek(scan) != ')')
                return -1;
        }
        else if (compiled_put(out, parameter.text, parameter.length) < 0)
            return -1;
        if (compiled_peek(scan) == ')') {
            scan->at++;
            break;
        }
        if (*scan->at++ != ',')
            return -1;
    }
    return compiled_put(out, "E", 1);
}

/* Behind the parenthesis that is open here. */
static const char *compiled_behind(const char *at)
{
    int open = 1;

    for (; *at != '\0'; at++) {
        open += (*at == '(') - (*at == ')');
        if (open == 0)
            return at + 1;
    }
    return NULL;
}

static int compiled_suffixes(compiled_scan *scan, compiled_buffer *out, int depth)
{
    if (compiled_peek(scan) == '[')
        return *out->text == 'F' ? -1 : compiled_lengths(scan, out);
    if (*scan->at != '(')
        return 0;
    scan->at++;
    return compiled_parameters(scan, out, depth);
}

static int compiled_declarator(compiled_scan *scan, compiled_buffer *out, int depth)
{
    if (depth > 20)
        return -1;
    for (;;) {
        compiled_code word;
        const char *before;

        if (compiled_peek(scan) == '*') {
            scan->at++;
            if (compiled_put_before(out, "P", 1) < 0)
                return -1;
            continue;
        }
        before = scan->at;
        word = compiled_word(scan);
        if (word.at == word.end)
            break;
        if (!compiled_is_qualifier(word)) {
            scan->at = before;
            return -1;          /* a name */
        }
    }
    if (*scan->at == '(') {
        compiled_scan inner = {scan->reader, scan->at + 1};

        if (compiled_peek(&inner) == '*' || *inner.at == '(' || *inner.at == '[') {
            scan->at = compiled_behind(inner.at);
            if (scan->at == NULL || compiled_suffixes(scan, out, depth + 1) < 0 ||
                compiled_declarator(&inner, out, depth + 1) < 0)
                return -1;
            return compiled_peek(&inner) == ')' ? 0 : -1;
        }
    }
    return compiled_suffixes(scan, out, depth + 1);
}

ctype *compiled_string(compiled_reader *reader, PyObject *text, int functions)
{
    Py_ssize_t length;
    const char *start = PyUnicode_AsUTF8AndSize(text, &length);
    compiled_scan scan = {reader, start};
    compiled_buffer out = {.length = 0};
    compiled_code code;

    if (start == NULL || length > 400 || strlen(start) != (size_t)length ||
        compiled_base(&scan, &out) < 0 || compiled_declarator(&scan, &out, 0) < 0 ||
        compiled_peek(&scan) != '\0' || (*out.text == 'F' && !functions))
        return NULL;
    code.at = out.text;
    code.end = out.text + out.length;
    return compiled_type_here(reader, code);
}
