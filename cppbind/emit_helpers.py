"""Writes what a dictionary holds for run times without the compiled core: guarded calls, strings, memory.

PyPy's engine, and that of the cffi package, cannot catch a C++ exception.  So a dictionary has one *guard* for each
shape of function that may throw: it calls a function in a try block and keeps what was thrown.  The run time asks for
a guard by its code (`format.guard_code`) and for the others by name, see `format`, "Helpers".  Neighbours:
`emit_dictionary` collects the codes, emit_answers.py has the way back, runtime/portable/ uses them.
"""

from . import emit_answers
from . import format as fmt

FILL = "cppbind_fill_helpers"

_SUPPORT = """\
// For run times without the compiled core: they cannot catch what C++ throws.
thread_local std::exception_ptr cppbind_thrown;
thread_local std::string cppbind_told;
int cppbind_pending = 0;        // how many threads have something thrown to be asked for

// Calls a function of that shape; what it throws is kept for cppbind_tell.
template <class R, class... A> struct cppbind_guard {
    static R call(A... arguments, R (*function)(A...)) {
        try {
            return function(arguments...);
        }
#ifdef __GLIBCXX__
        catch (abi::__forced_unwind &) {
            throw;              // the thread is being cancelled
        }
#endif
        catch (...) {
            cppbind_thrown = std::current_exception();
            __atomic_add_fetch(&cppbind_pending, 1, __ATOMIC_RELAXED);
        }
        return R();
    }
};

void cppbind_add_type(std::string &text, const std::type_info &type) {
    int status = 0;
    char *name = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
    text.append(name ? name : type.name()).push_back('\\0');
    std::free(name);
}

// Direct bases first, then theirs.
void cppbind_add_bases(std::string &text, const std::type_info &type) {
    if (auto single = dynamic_cast<const abi::__si_class_type_info *>(&type)) {
        cppbind_add_type(text, *single->__base_type);
        cppbind_add_bases(text, *single->__base_type);
    }
    else if (auto many = dynamic_cast<const abi::__vmi_class_type_info *>(&type)) {
        for (unsigned i = 0; i < many->__base_count; i++)
            cppbind_add_type(text, *many->__base_info[i].__base_type);
        for (unsigned i = 0; i < many->__base_count; i++)
            cppbind_add_bases(text, *many->__base_info[i].__base_type);
    }
}

// What this thread's last guarded call threw: type, '+' and what() or '-', bases, each ended by NUL.  Size 0: nothing.
const char *cppbind_tell(std::size_t *size) {
    cppbind_told.clear();
    if (cppbind_thrown) {
        __atomic_sub_fetch(&cppbind_pending, 1, __ATOMIC_RELAXED);
        std::string what = "-";
        const std::type_info *type = nullptr;
        try {
            std::exception_ptr thrown = cppbind_thrown;
            cppbind_thrown = nullptr;
            std::rethrow_exception(thrown);
        }
        catch (const cppbind_raised &raised) {
            raised.caught();
            type = &typeid(raised);
        }
        catch (const std::exception &exception) {
            what = std::string("+") + exception.what();
            type = abi::__cxa_current_exception_type();
        }
        catch (...) {
            type = abi::__cxa_current_exception_type();
        }
        if (type) cppbind_add_type(cppbind_told, *type);
        else cppbind_told.push_back('\\0');
        cppbind_told.append(what.c_str()).push_back('\\0');
        if (type) cppbind_add_bases(cppbind_told, *type);
    }
    *size = cppbind_told.size();
    return cppbind_told.data();
}

struct cppbind_subobject {
    const std::type_info *type;
    const char *address;
};

// The public bases of a class (Itanium C++ ABI 2.9.5): a virtual base lies where the vtable says.
void cppbind_find_bases(std::vector<cppbind_subobject> &found, cppbind_subobject derived) {
    if (auto single = dynamic_cast<const abi::__si_class_type_info *>(derived.type)) {
        found.push_back(cppbind_subobject{single->__base_type, derived.address});
        return;
    }
    auto many = dynamic_cast<const abi::__vmi_class_type_info *>(derived.type);
    for (unsigned i = 0; many && i < many->__base_count; i++) {
        const abi::__base_class_type_info &base = many->__base_info[i];
        std::ptrdiff_t offset = base.__offset();
        if (!base.__is_public_p()) continue;
        if (base.__is_virtual_p())
            offset = *reinterpret_cast<const std::ptrdiff_t *>(
                *reinterpret_cast<const char *const *>(derived.address) + offset);
        found.push_back(cppbind_subobject{base.__base_type, derived.address + offset});
    }
}

const char *cppbind_dynamic_name(const void *object, int number, std::ptrdiff_t *offset) {
    const void *const *table = *static_cast<const void *const *const *>(object);
    if (!table || !table[-1]) return nullptr;
    const char *whole = static_cast<const char *>(object) + reinterpret_cast<const std::ptrdiff_t *>(table)[-2];
    std::vector<cppbind_subobject> found(1, cppbind_subobject{static_cast<const std::type_info *>(table[-1]), whole});
    for (std::size_t i = 0; i < found.size() && found.size() <= static_cast<std::size_t>(number); i++)
        cppbind_find_bases(found, found[i]);
    if (static_cast<std::size_t>(number) >= found.size()) return nullptr;
    *offset = found[number].address - static_cast<const char *>(object);
    cppbind_told.clear();
    cppbind_add_type(cppbind_told, *found[number].type);
    return cppbind_told.c_str();
}

// Strings of characters of 1, 2 and 4 bytes.  0, or -1: no memory.
template <class S> struct cppbind_text {
    static int make(void *place, const void *text, std::size_t size) {
        try { new (place) S(static_cast<const typename S::value_type *>(text), size); return 0; }
        catch (...) { return -1; }
    }
    static int assign(void *place, const void *text, std::size_t size) {
        try { static_cast<S *>(place)->assign(static_cast<const typename S::value_type *>(text), size); return 0; }
        catch (...) { return -1; }
    }
    static const void *data(const void *place, std::size_t *size) {
        *size = static_cast<const S *>(place)->size();
        return static_cast<const S *>(place)->data();
    }
    static void drop(void *place) { static_cast<S *>(place)->~S(); }
};

// What the class of std::string is made of: its objects are those that C++ may change.
const struct {
    std::size_t size, align;
    void (*construct)(void *);
    void (*copy)(void *, const std::string *);
    void (*assign)(std::string *, const std::string *);
    void (*append)(std::string *, const std::string *);
    std::size_t (*length)(const std::string *);
    void (*destruct)(void *);
    void (*destroy)(std::string *);
} cppbind_string_class = {
    sizeof(std::string), alignof(std::string),
    [](void *place) { new (place) std::string(); },
    [](void *place, const std::string *other) { new (place) std::string(*other); },
    [](std::string *self, const std::string *other) { self->assign(*other); },
    [](std::string *self, const std::string *other) { self->append(*other); },
    [](const std::string *self) { return self->size(); },
    cppbind_text<std::string>::drop,
    [](std::string *self) { delete self; }};

// Calls a variadic function: integer and pointer arguments in `general`, floating ones in `real`, what is more on the
// stack.  A callee reads what its format names (System V AMD64 3.2.3, AAPCS64 6.8.2).
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__APPLE__)
#ifdef __aarch64__
#define CPPBIND_MORE general[6], general[7],
#else
#define CPPBIND_MORE
#endif
#define CPPBIND_ALL general[0], general[1], general[2], general[3], general[4], general[5], CPPBIND_MORE \
    real[0], real[1], real[2], real[3], real[4], real[5], real[6], real[7], \
    stack[0], stack[1], stack[2], stack[3], stack[4], stack[5], stack[6], stack[7], stack[8], stack[9]
std::int64_t cppbind_variadic(const std::int64_t *general, const double *real, const std::int64_t *stack,
                              void *function, double *result) {
    try {
        if (!result) return reinterpret_cast<std::int64_t (*)(std::int64_t, ...)>(function)(CPPBIND_ALL);
        *result = reinterpret_cast<double (*)(std::int64_t, ...)>(function)(CPPBIND_ALL);
    }
#ifdef __GLIBCXX__
    catch (abi::__forced_unwind &) {
        throw;
    }
#endif
    catch (...) {
        cppbind_thrown = std::current_exception();
        __atomic_add_fetch(&cppbind_pending, 1, __ATOMIC_RELAXED);
    }
    return 0;
}
std::int64_t (*const cppbind_variadic_call)(const std::int64_t *, const double *, const std::int64_t *, void *,
                                            double *) = cppbind_variadic;
#else
void *const cppbind_variadic_call = nullptr;
#endif

void cppbind_view_set(void *place, const void *text, std::size_t size) {
#if __cplusplus >= 201703L
    new (place) std::string_view(static_cast<const char *>(text), size);
#endif
    (void)place, (void)text, (void)size;
}
const void *cppbind_view_data(const void *place, std::size_t *size) {
    *size = 0;
#if __cplusplus >= 201703L
    *size = static_cast<const std::string_view *>(place)->size();
    return static_cast<const std::string_view *>(place)->data();
#else
    return place;
#endif
}

void *cppbind_allocate(std::size_t size, std::size_t align) {
#ifdef __cpp_aligned_new
    if (align > __STDCPP_DEFAULT_NEW_ALIGNMENT__)
        return ::operator new(size, std::align_val_t(align), std::nothrow);
#endif
    (void)align;
    return ::operator new(size, std::nothrow);
}
void cppbind_release(void *memory, std::size_t align) {
#ifdef __cpp_aligned_new
    if (align > __STDCPP_DEFAULT_NEW_ALIGNMENT__)
        return ::operator delete(memory, std::align_val_t(align));
#endif
    (void)align;
    ::operator delete(memory);
}
"""

_NAMED = [(name, "&cppbind_" + name) for name in (
    "pending", "tell", "dynamic_name", "view_set", "view_data", "allocate", "release", "string_class")]
_NAMED += [("variadic", "cppbind_variadic_call")]
_NAMED += [("string_%s%d" % (what, unit), "&cppbind_text<%s>::%s" % (text, member))
           for unit, text in ((1, "std::string"), (2, "std::u16string"), (4, "std::u32string"))
           for what, member in (("new", "make"), ("assign", "assign"), ("data", "data"), ("delete", "drop"))]
_NAMED += emit_answers.NAMED
_CLASSES = {"v": "void", "g": "std::int64_t", "d": "double", "f": "float"}


class Helpers:
    """The helpers of one dictionary: add guards, then `lines` once."""

    def __init__(self):
        self._codes = {}            # guard code -> nothing; a dict keeps its order

    def add(self, function, leading, result_by_pointer):
        """A guard for a model.Function, called with `leading` arguments (None: all)."""
        parameters = function.parameters if leading is None else function.parameters[:leading]
        kinds = [parameter.type.kind for parameter in parameters]
        result = function.result.kind
        if function.kind == fmt.FUNCTION_CONSTRUCTOR:
            result, kinds = fmt.TYPE_VOID, [fmt.TYPE_POINTER] + kinds
        else:
            if function.kind in (fmt.FUNCTION_METHOD, fmt.FUNCTION_CONVERSION):
                kinds.insert(0, fmt.TYPE_POINTER)
            if result_by_pointer:
                result, kinds = fmt.TYPE_VOID, [fmt.TYPE_POINTER] + kinds
        self._codes[fmt.guard_code(result, kinds)] = None

    def lines(self, tables):
        """The C++ text, and the records in `tables`."""
        fill = tables.fill(FILL)
        lines, out = (_SUPPORT + emit_answers.SUPPORT).split("\n"), []
        for name, address in _NAMED:
            tables.add("helpers", name=name, fill=fill)
            out.append(address)
        for code in self._codes:
            tables.add("helpers", name="guard " + code, fill=fill)
            result, _, arguments = code.partition(":")
            out.append("&cppbind_guard<%s>::call" % ", ".join(_CLASSES[one] for one in result + arguments))
        lines.append("void %s(std::uintptr_t *out) {" % FILL)
        lines += ["    cppbind_put_word(out + %d, %s);" % (place, text) for place, text in enumerate(out)]
        return lines + ["}"]
