/* cpp_native.cpp: std::string, operator new and run-time type information
   for the C types of cppbind.  No Python in here, no exception leaves it. */
#include "cpp_native.h"

#include <cstdlib>
#include <cxxabi.h>
#include <new>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

static_assert(sizeof(std::string) <= CPP_STRING_SIZE, "CPP_STRING_SIZE holds a std::string");

static_assert(sizeof(std::u16string) <= CPP_STRING_SIZE && sizeof(std::u32string) <= CPP_STRING_SIZE, "strings are alike");
static_assert(sizeof(std::string_view) <= CPP_STRING_SIZE, "CPP_STRING_SIZE holds a std::string_view");

namespace {

template <class String>
int wide_new(void *place, const void *text, size_t size)
{
    try {
        new (place) String(static_cast<const typename String::value_type *>(text), size);
        return 0;
    }
    catch (...) {
        return -1;
    }
}

template <class String>
int wide_assign(void *place, const void *text, size_t size)
{
    try {
        static_cast<String *>(place)->assign(static_cast<const typename String::value_type *>(text), size);
        return 0;
    }
    catch (...) {
        return -1;
    }
}

template <class String>
const void *wide_read(const void *place, size_t *size)
{
    const String *string = static_cast<const String *>(place);
    *size = string->size();
    return string->data();
}

}  // namespace

namespace {

struct Subobject {
    const std::type_info *type;
    const char *address;
};

// The public bases of a class, as subobjects (Itanium C++ ABI 2.9.5): a virtual base lies where the vtable says.
void add_bases(std::vector<Subobject> &found, Subobject derived)
{
    if (auto single = dynamic_cast<const abi::__si_class_type_info *>(derived.type)) {
        found.push_back({single->__base_type, derived.address});
        return;
    }
    auto many = dynamic_cast<const abi::__vmi_class_type_info *>(derived.type);
    for (unsigned i = 0; many != nullptr && i < many->__base_count; i++) {
        const abi::__base_class_type_info &base = many->__base_info[i];
        if (!base.__is_public_p())
            continue;
        ptrdiff_t offset = base.__offset();
        if (base.__is_virtual_p())
            offset = *reinterpret_cast<const ptrdiff_t *>(*reinterpret_cast<const char *const *>(derived.address) + offset);
        found.push_back({base.__base_type, derived.address + offset});
    }
}

}  // namespace

extern "C" {

int cpp_native_wide_new(int unit, void *place, const void *text, size_t size)
{
    return unit == 2 ? wide_new<std::u16string>(place, text, size) : wide_new<std::u32string>(place, text, size);
}

int cpp_native_wide_assign(int unit, void *place, const void *text, size_t size)
{
    return unit == 2 ? wide_assign<std::u16string>(place, text, size) : wide_assign<std::u32string>(place, text, size);
}

const void *cpp_native_wide_read(int unit, const void *place, size_t *size)
{
    return unit == 2 ? wide_read<std::u16string>(place, size) : wide_read<std::u32string>(place, size);
}

void cpp_native_wide_delete(int unit, void *place)
{
    if (unit == 2)
        static_cast<std::u16string *>(place)->~basic_string();
    else
        static_cast<std::u32string *>(place)->~basic_string();
}

void cpp_native_view_set(void *place, const void *text, size_t size)
{
    new (place) std::string_view(static_cast<const char *>(text), size);
}

const void *cpp_native_view_read(const void *place, size_t *size)
{
    const std::string_view *view = static_cast<const std::string_view *>(place);
    *size = view->size();
    return view->data();
}

int cpp_native_string_new(void *place, const char *text, size_t size)
{
    try {
        new (place) std::string(text, size);
        return 0;
    }
    catch (...) {
        return -1;
    }
}

int cpp_native_string_assign(void *place, const char *text, size_t size)
{
    try {
        static_cast<std::string *>(place)->assign(text, size);
        return 0;
    }
    catch (...) {
        return -1;
    }
}

const char *cpp_native_string_read(const void *place, size_t *size)
{
    const std::string *string = static_cast<const std::string *>(place);
    *size = string->size();
    return string->data();
}

void cpp_native_string_delete(void *place)
{
    static_cast<std::string *>(place)->~basic_string();
}

const cpp_native_strings *cpp_native_string_class(void)
{
    static const cpp_native_strings known = {
        sizeof(std::string), alignof(std::string),
        [](void *storage) { new (storage) std::string; },
        [](void *storage, const void *other) { new (storage) std::string(*static_cast<const std::string *>(other)); },
        [](void *self, const void *other) {
            *static_cast<std::string *>(self) = *static_cast<const std::string *>(other);
        },
        [](void *self, const void *other) {
            *static_cast<std::string *>(self) += *static_cast<const std::string *>(other);
        },
        [](const void *self) { return static_cast<const std::string *>(self)->size(); },
        [](void *self) { static_cast<std::string *>(self)->~basic_string(); },
        [](void *self) { delete static_cast<std::string *>(self); },
    };
    return &known;
}

void *cpp_native_allocate(size_t size, size_t align)
{
    if (align > __STDCPP_DEFAULT_NEW_ALIGNMENT__)
        return ::operator new(size, std::align_val_t(align), std::nothrow);
    return ::operator new(size, std::nothrow);
}

void cpp_native_free(void *memory, size_t align)
{
    if (align > __STDCPP_DEFAULT_NEW_ALIGNMENT__)
        ::operator delete(memory, std::align_val_t(align));
    else
        ::operator delete(memory);
}

char *cpp_native_demangle(const char *mangled)
{
    int status = 0;
    return abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
}

/* Itanium C++ ABI 2.5.2: the vtable pointer points behind the offset to the
   whole object and the type_info.  Not dynamic_cast, which needs the static
   type. */
char *cpp_native_dynamic_name(const void *object, int number, ptrdiff_t *offset)
{
    const void *const *vtable = *static_cast<const void *const *const *>(object);
    if (vtable == nullptr || vtable[-1] == nullptr)
        return nullptr;
    const char *whole = static_cast<const char *>(object) + reinterpret_cast<const ptrdiff_t *>(vtable)[-2];
    try {
        std::vector<Subobject> found{{static_cast<const std::type_info *>(vtable[-1]), whole}};
        for (std::size_t i = 0; i < found.size() && found.size() <= static_cast<std::size_t>(number); i++)
            add_bases(found, found[i]);
        if (static_cast<std::size_t>(number) >= found.size())
            return nullptr;
        *offset = found[number].address - static_cast<const char *>(object);
        return cpp_native_demangle(found[number].type->name());
    }
    catch (...) {
        return nullptr;
    }
}

}
