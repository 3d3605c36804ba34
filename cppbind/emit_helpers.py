"""Writes what a dictionary holds for run times without the compiled core: guarded calls, strings, memory.

PyPy's engine, and that of the cffi package, cannot catch a C++ exception.  So a dictionary has one *guard* for each
shape of function that may throw: it calls a function in a try block and keeps what was thrown.  The run time asks for
a guard by its code (`guard_code`) and for the others by name, see `format`, "Helpers".  Neighbours: `emit_dictionary`
collects the codes, runtime/portable/ uses them.
"""

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

const char *cppbind_demangle(const char *mangled) {
    int status = 0;
    char *name = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
    cppbind_told = name ? name : mangled;
    std::free(name);
    return cppbind_told.c_str();
}

// 0, or -1: no memory.
int cppbind_string_new(void *place, const char *text, std::size_t size) {
    try { new (place) std::string(text, size); return 0; }
    catch (...) { return -1; }
}
int cppbind_string_assign(void *place, const char *text, std::size_t size) {
    try { static_cast<std::string *>(place)->assign(text, size); return 0; }
    catch (...) { return -1; }
}
const char *cppbind_string_data(const void *place, std::size_t *size) {
    *size = static_cast<const std::string *>(place)->size();
    return static_cast<const std::string *>(place)->data();
}
void cppbind_string_delete(void *place) {
    static_cast<std::string *>(place)->~basic_string();
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

_NAMED = ("pending", "tell", "demangle", "string_new", "string_assign", "string_data", "string_delete", "allocate",
          "release")
_CLASSES = {"v": "void", "g": "std::int64_t", "d": "double", "f": "float"}


def guard_code(result, arguments):
    """The shape of a function for its guard: result and arguments (TYPE_... kinds, in the order of the call) by the
    registers that take them.  'd:gdf' returns a double and takes an integer or pointer, a double and a float."""
    return _register(result) + ":" + "".join(map(_register, arguments))


def _register(kind):
    return {fmt.TYPE_VOID: "v", fmt.TYPE_DOUBLE: "d", fmt.TYPE_FLOAT: "f"}.get(kind, "g")


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
        self._codes[guard_code(result, kinds)] = None

    def lines(self, tables):
        """The C++ text, and the records in `tables`."""
        fill = tables.fill(FILL)
        lines, out = _SUPPORT.split("\n"), []
        for name in _NAMED:
            tables.add("helpers", name=name, fill=fill)
            out.append("&cppbind_" + name)
        for code in self._codes:
            tables.add("helpers", name="guard " + code, fill=fill)
            result, _, arguments = code.partition(":")
            out.append("&cppbind_guard<%s>::call" % ", ".join(_CLASSES[one] for one in result + arguments))
        lines.append("void %s(std::uintptr_t *out) {" % FILL)
        lines += ["    cppbind_put_word(out + %d, %s);" % (place, text) for place, text in enumerate(out)]
        return lines + ["}"]
