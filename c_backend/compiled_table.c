/* compiled_table.c: finds entries in the encoded declarations of a module.

   Reads text only; what an entry means is for compiled_type.c, compiled_record.c
   and compiled_lib.c.  In Python: cffi_like/code_table.py. */
#include "core.h"
#include "compiled.h"

/* What a key may be long before it is looked for in the hash table only. */
#define COMPILED_LONGEST_SEARCH 120

/* --- taking text apart ----------------------------------------------------- */

compiled_code compiled_part(compiled_code *rest, char separator)
{
    compiled_code part = {rest->at, rest->end, 0, {0, 0}};
    const char *found = rest->at == rest->end
                            ? NULL
                            : memchr(rest->at, separator, (size_t)(rest->end - rest->at));

    if (found != NULL) {
        part.end = found;
        rest->at = found + 1;
    }
    else
        rest->at = rest->end;
    return part;
}

int compiled_is(compiled_code text, const char *literal)
{
    size_t length = strlen(literal);

    return (size_t)(text.end - text.at) == length && memcmp(text.at, literal, length) == 0;
}

long compiled_decimal(compiled_code text)
{
    long value = 0;

    if (text.at == text.end || text.end - text.at > 9)
        return -1;
    for (; text.at < text.end; text.at++) {
        if (*text.at < '0' || *text.at > '9')
            return -1;
        value = 10 * value + (*text.at - '0');
    }
    return value;
}

static int compiled_hex(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    letter |= 32;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

PyObject *compiled_unquoted(compiled_code text)
{
    size_t length = (size_t)(text.end - text.at), used = 0;
    PyObject *name;
    char *bytes;

    if (length == 0 || memchr(text.at, '%', length) == NULL)
        return PyUnicode_DecodeUTF8(text.at, (Py_ssize_t)length, "strict");
    bytes = PyMem_Malloc(length);
    if (bytes == NULL)
        return PyErr_NoMemory();
    while (text.at < text.end) {
        int high = *text.at == '%' && text.end - text.at > 2 ? compiled_hex(text.at[1]) : -1;
        int low = high < 0 ? -1 : compiled_hex(text.at[2]);

        if (low < 0 && *text.at == '%') {
            PyErr_SetString(PyExc_ValueError, "malformed name");
            PyMem_Free(bytes);
            return NULL;
        }
        bytes[used++] = low < 0 ? *text.at : (char)(high << 4 | low);
        text.at += low < 0 ? 1 : 3;
    }
    name = PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)used, "strict");
    PyMem_Free(bytes);
    return name;
}

/* "code#1,2": the indices are taken off.  Their count is -1 if they are not as they
   should be. */
static void compiled_take_indices(compiled_code *entry)
{
    compiled_code rest = *entry;

    entry->end = compiled_part(&rest, '#').end;
    entry->count = 0;
    while (rest.at < rest.end) {
        long index = compiled_decimal(compiled_part(&rest, ','));

        if (index < 0 || entry->count == 2) {
            entry->count = -1;
            return;
        }
        entry->index[entry->count++] = index;
    }
}

/* --- the fingerprint ------------------------------------------------------- */

/* (hash << 64) + word, modulo the prime 2**64 - 59: so 2**64 counts as 59. */
static uint64_t compiled_mix(uint64_t hash, uint64_t word)
{
    uint64_t low = (hash & 0xffffffffu) * 59, high = (hash >> 32) * 59 + (low >> 32);
    uint64_t carry = (high >> 32) * 59, sum = (high << 32 | (low & 0xffffffffu)) + carry;

    sum += sum < carry ? 59 : 0;
    sum += word;
    if (sum < word && (sum += 59) < 59)
        sum += 59;
    return sum >= (uint64_t)-59 ? sum + 59 : sum;
}

static uint64_t compiled_word(const unsigned char *at, size_t length)
{
    uint64_t word = 0;

    for (size_t i = 0; i < 8; i++)
        word = word << 8 | (i < length ? at[i] : 0);
    return word;
}

uint64_t compiled_fingerprint(const compiled_reader *reader)
{
    uint64_t hash = 1;

    for (int kind = 0; kind < COMPILED_KIND_COUNT; kind++) {
        const unsigned char *at = (const unsigned char *)reader->texts[kind].start;
        size_t length = reader->texts[kind].length, i = 0;

        for (; i + 8 <= length; i += 8)
            hash = compiled_mix(hash, compiled_word(at + i, 8));
        if (i < length)
            hash = compiled_mix(hash, compiled_word(at + i, length - i));
        hash = compiled_mix(hash, length);
    }
    return hash;
}

/* --- finding --------------------------------------------------------------- */

static size_t compiled_hash(const char *key, size_t length)
{
    size_t hash = 2166136261u;      /* FNV-1a */

    while (length--)
        hash = (hash ^ (unsigned char)*key++) * 16777619u;
    return hash ^ hash >> 15;
}

/* The line at `at`, its key apart.  0 for a line without a blank. */
static int compiled_line(const compiled_text *text, const char *at, compiled_code *key,
                         compiled_code *entry)
{
    compiled_code line = {at, text->start + text->length, 0, {0, 0}};

    line = compiled_part(&line, '\n');
    *key = compiled_part(&line, ' ');
    *entry = line;
    return key->end < line.end;
}

/* Makes the hash table.  0 where there is no memory for it. */
static int compiled_index(compiled_text *text)
{
    const char *at = text->start, *end = text->start + text->length;
    compiled_code key, entry;
    size_t lines = 1, room = 16;

    for (at = text->start; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
        lines++;
    while (room < 2 * lines)
        room *= 2;
    if (text->length >= UINT32_MAX || (text->places = PyMem_Calloc(room, sizeof(uint32_t))) == NULL)
        return 0;
    text->mask = room - 1;
    for (at = text->start; at < end; at = entry.end + 1) {
        size_t slot;

        if (!compiled_line(text, at, &key, &entry))
            continue;
        slot = compiled_hash(key.at, (size_t)(key.end - key.at)) & text->mask;
        while (text->places[slot] != 0)
            slot = (slot + 1) & text->mask;
        text->places[slot] = (uint32_t)(at - text->start) + 1;
    }
    return 1;
}

static const char *compiled_indexed(compiled_text *text, const char *name, size_t length)
{
    size_t slot = compiled_hash(name, length) & text->mask;

    for (; text->places[slot] != 0; slot = (slot + 1) & text->mask) {
        const char *at = text->start + (text->places[slot] - 1);

        if ((size_t)(text->start + text->length - at) > length && at[length] == ' ' &&
            memcmp(at, name, length) == 0)
            return at;
    }
    return NULL;
}

/* Without the table: most programs name few of the entries. */
static const char *compiled_searched(const compiled_text *text, const char *name, size_t length)
{
    char needle[COMPILED_LONGEST_SEARCH + 2];
    const char *found;

    needle[0] = '\n';
    memcpy(needle + 1, name, length);
    needle[length + 1] = ' ';
    if (text->length > length && memcmp(text->start, needle + 1, length + 1) == 0)
        return text->start;
    found = memmem(text->start, text->length, needle, length + 2);
    return found == NULL ? NULL : found + 1;
}

int compiled_find(compiled_reader *reader, compiled_kind kind, const char *name, size_t length,
                  compiled_code *found)
{
    compiled_text *text = &reader->texts[kind];
    const char *at;
    compiled_code key;

    if (text->length == 0 || length == 0 || memchr(name, ' ', length) != NULL)
        return 0;
    if (text->places == NULL && length <= COMPILED_LONGEST_SEARCH && text->searches > 0) {
        text->searches--;
        at = compiled_searched(text, name, length);
    }
    else if (text->places != NULL || compiled_index(text))
        at = compiled_indexed(text, name, length);
    else
        return 0;
    if (at == NULL || !compiled_line(text, at, &key, found))
        return 0;
    compiled_take_indices(found);
    return 1;
}

int compiled_find_name(compiled_reader *reader, compiled_kind kind, PyObject *name,
                       compiled_code *found)
{
    Py_ssize_t length, i, used = 0;
    const char *text = PyUnicode_AsUTF8AndSize(name, &length);
    char *quoted;
    int result;

    if (text == NULL)
        return -1;
    for (i = 0; i < length; i++)
        if (text[i] < 0x21 || text[i] > 0x7e || strchr("%;:|,#='\\\"", text[i]) != NULL)
            break;
    if (i == length)
        return compiled_find(reader, kind, text, (size_t)length, found);
    quoted = PyMem_Malloc(3 * (size_t)length);
    if (quoted == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (i = 0; i < length; i++) {
        unsigned char letter = (unsigned char)text[i];

        if (letter < 0x21 || letter > 0x7e || strchr("%;:|,#='\\\"", letter) != NULL) {
            quoted[used++] = '%';
            quoted[used++] = "0123456789ABCDEF"[letter >> 4];
            quoted[used++] = "0123456789ABCDEF"[letter & 15];
        }
        else
            quoted[used++] = (char)letter;
    }
    result = compiled_find(reader, kind, quoted, (size_t)used, found);
    PyMem_Free(quoted);
    return result;
}

int compiled_add_names(compiled_reader *reader, compiled_kind kind, PyObject *set)
{
    const compiled_text *text = &reader->texts[kind];
    const char *at = text->start, *end = text->start + text->length;
    compiled_code key, entry;

    for (; at < end; at = entry.end + 1) {
        PyObject *name;
        int failed;

        if (!compiled_line(text, at, &key, &entry))
            continue;
        name = compiled_unquoted(key);
        failed = name == NULL || PySet_Add(set, name) < 0;
        Py_XDECREF(name);
        if (failed)
            return -1;
    }
    return 0;
}

void compiled_text_clear(compiled_text *text)
{
    PyMem_Free(text->places);
    text->places = NULL;
    text->length = 0;
    Py_CLEAR(text->owner);
}
