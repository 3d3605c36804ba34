"""The tests of CFFI's suites that run_cffi.py leaves out, each with its reason.

A name is that of a test with or without its parameters, of a class or of a file, below the
folder of the suite.
"""

_OWN_FORMAT = "compares the text of a generated file with CFFI's own format"
_OWN_CODES = "compares CFFI's internal type table (`Recompiler.cffi_types`)"
_PARSER = "reads `ffi._parser`, CFFI's internal parser"
_WORDING = "compares the exact message of pycparser or of CFFI's parser; here it begins with 'cdef:line:column'"
_PRIVATE = "calls or replaces private functions of CFFI's own modules"
_CDATA = "a function of a library is a callable cdata here, an instance of ffi.CData with a class of its own"
_NAME_PY = "counts the produced files; here a module has a NAME.py beside its compiled part"
_TAKEN = "expects a refusal of what is supported here: "
_EARLIER = "the same is refused here, but at the cdef, by CDefError with line and column: "
_VERIFY = tuple(
    ("%s.py::%s" % (file, test), reason)
    for file in ("test_verify", "test_verify2", "test_vgen", "test_vgen2")
    for test, reason in (
        ("test_module_type", "reads private attributes that tell CFFI's two engines apart"),
        ("test_cannot_name_struct_type", _TAKEN + "a nameless struct that a typedef leads to"),
        ("test_dont_support_int_dotdotdot", _TAKEN + "`typedef int... t` with verify()"),
        ("test_ctypes_backend_forces_generic_engine", _PRIVATE)))

LOW = (
    ("test_c.py::test_call_function_24", "calls a function of another type through `float _Complex f(float, float)` and "
     "expects a refusal; here such calls are made"),
    ("test_c.py::test_call_function_25", "the same with `double _Complex`"),
    ("test_c.py::test_buffer", "expects that memoryview(cdata) is refused; here C data has the buffer protocol"),
    ("test_c.py::test_FILE_only_for_FILE_arg", "the message begins with the argument and the function here"),
    ("test_c.py::test_type_available_with_correct_names", "asks for types that only CFFI's generated modules use"),
)

CFFI0 = _VERIFY + (
    ("test_ctypes.py::TestCTypes::test_repr", "compares the repr that the ctypes backend gives"),
    ("test_ctypes.py::TestCTypes::test_functionptr_advanced", "the same"),
    ("test_function.py::TestFunction::test_function_has_a_c_type", "the same"),
    ("test_function.py::TestFunction::test_dlopen_constant", _TAKEN + "a `static const float` in ABI mode"),
    ("test_ffi_backend.py::TestFFI::test_dlopen_constant", _TAKEN + "a `static const float` in ABI mode"),
    ("test_ffi_backend.py::TestFFI::test_not_supported_bitfield_in_result",
     "the message of a callback that returns a struct with bit-fields says more here"),
    ("test_ffi_backend.py::TestBitfield::test_error_cases", _EARLIER + "a bit-field of type float"),
    ("test_model.py", "tests the classes of CFFI's internal model; here the model is other, public classes"),
    ("test_parsing.py::test_typedef_array_convert_array_to_pointer", _PARSER),
    ("test_parsing.py::test_dont_remove_comment_in_line_directives", _WORDING),
    ("test_parsing.py::test_multiple_line_directives", _WORDING),
    ("test_parsing.py::test_commented_line_directive", _WORDING),
    ("test_parsing.py::test_define_not_supported_for_now", _TAKEN + "`#define` of a string"),
    ("test_parsing.py::test_unnamed_struct", _PARSER),
    ("test_parsing.py::test_cannot_have_only_variadic_part", _WORDING),
    ("test_parsing.py::test_parse_error", _WORDING),
    ("test_parsing.py::test_error_custom_lineno", _WORDING),
    ("test_parsing.py::test_cannot_declare_enum_later", _TAKEN + "an enum that is used before it is declared"),
    ("test_parsing.py::test_unknown_name", _WORDING),
    ("test_parsing.py::test_unknown_argument_type", _WORDING),
    ("test_parsing.py::test__is_constant_globalvar", _PARSER),
    ("test_parsing.py::test_restrict", _PARSER),
    ("test_parsing.py::test_different_const_funcptr_types", _PARSER),
    ("test_parsing.py::test_const_pointer_to_pointer", _PARSER),
    ("test_parsing.py::test_extern_python", _PARSER),
    ("test_parsing.py::test_extern_python_group", _PARSER),
    ("test_parsing.py::test_error_invalid_syntax_for_cdef", _WORDING),
    ("test_zdistutils.py::TestDistUtilsCPython::test_locate_engine_class", _PRIVATE),
    ("test_zintegration.py::TestZIntegration::test_set_py_limited_api", _PRIVATE),
)

CFFI1 = tuple(("%s::%s" % (file, test), _OWN_FORMAT)
              for file in ("test_dlopen.py", "test_dlopen_unicode_literals.py")
              for test in ("test_simple", "test_global_constant", "test_typename", "test_enum", "test_struct",
                           "test_include", "test_negative_constant", "test_struct_included", "test_array",
                           "test_global_var", "test_bitfield")) + tuple(
    ("%s::%s" % (file, test), reason)
    for file in ("test_dlopen.py", "test_dlopen_unicode_literals.py")
    for test, reason in (
        ("test_invalid_global_constant_3", _TAKEN + "`#define` of a float"),
        ("test_invalid_dotdotdot_in_macro", "the message ends with the place here"),
        ("test_array_overflow", "expects a limit of 2**31 items, which CFFI's format has"))) + (
    ("test_cffi_gen_src.py::test_exec_python_wrong_type", "the message names the class as cffi_like.FFI"),
    ("test_ffi_obj.py::test_ffi_no_attr", "expects that an `ffi` takes no attributes of the user"),
    ("test_ffi_obj.py::test_ffi_invalid_type", _WORDING),
    ("test_new_ffi_1.py::TestNewFFI1::test_not_supported_bitfield_in_result",
     "the message of a callback that returns a struct with bit-fields says more here"),
    ("test_re_python.py::test_function", _CDATA),
    ("test_re_python.py::test_function_with_varargs", _CDATA),
    ("test_re_python.py::test_dlopen_handle", _CDATA),
    ("test_re_python.py::test_include_1", _PARSER),
    ("test_re_python.py::test_check_version", "makes an FFI from CFFI's generated format"),
    ("test_new_ffi_1.py::TestNewFFI1::test_release_new_allocator",
     "compares what free() was given with a pointer that was released, which names no memory any more here"),
    ("test_pkgconfig.py::test_call", "replaces `subprocess` in CFFI's module by an object with Popen alone"),
    ("test_parse_c_type.py::test_cffi_opcode_sync", "compares CFFI's internal numbers in C and Python"),
    ("test_recompiler.py::test_struct_with_func_with_struct_arg",
     _TAKEN + "a member that is a pointer to a function which takes its struct by value"),
    ("test_recompiler.py::test_type_table_func", _OWN_CODES),
    ("test_recompiler.py::test_type_table_use_noop_for_repeated_args", _OWN_CODES),
    ("test_recompiler.py::test_type_table_dont_use_noop_for_primitives", _OWN_CODES),
    ("test_recompiler.py::test_type_table_funcptr_as_argument", _OWN_CODES),
    ("test_recompiler.py::test_type_table_variadic_function", _OWN_CODES),
    ("test_recompiler.py::test_type_table_array", _OWN_CODES),
    ("test_recompiler.py::test_type_table_typedef", _OWN_CODES),
    ("test_recompiler.py::test_type_table_prebuilt_type", _OWN_CODES),
    ("test_recompiler.py::test_type_table_struct_opaque", _OWN_CODES),
    ("test_recompiler.py::test_type_table_struct", _OWN_CODES),
    ("test_recompiler.py::test_type_table_union", _OWN_CODES),
    ("test_recompiler.py::test_type_table_struct_used", _OWN_CODES),
    ("test_recompiler.py::test_type_table_anonymous_struct_with_typedef", _OWN_CODES),
    ("test_recompiler.py::test_type_table_enum", _OWN_CODES),
    ("test_recompiler.py::test_type_table_include_1", _OWN_CODES),
    ("test_recompiler.py::test_type_table_include_2", _OWN_CODES),
    ("test_recompiler.py::test_dir", "writes into `lib.__dict__`, which holds only what was used here"),
    ("test_recompiler.py::test_misdeclared_field_1", "the mistake is reported earlier here: by sizeof, too"),
    ("test_recompiler.py::test_math_sin_type", _CDATA),
    ("test_recompiler.py::test_unpack_args", _CDATA),
    ("test_recompiler.py::test_address_of_function", _CDATA),
    ("test_recompiler.py::test_address_of_function_with_struct", _CDATA),
    ("test_recompiler.py::test_include_8", _TAKEN + "a struct that is opaque where it is included from"),
    ("test_recompiler.py::test_variable_of_unknown_size", _TAKEN + "reading a variable of an opaque type gives a reference"),
    ("test_recompiler.py::test_some_float_invalid_3", _TAKEN + "`typedef float...` that is a long double"),
    ("test_recompiler.py::test_import_from_lib", "expects that `lib.__class__` is the class of modules"),
    ("test_recompiler.py::test_pack_not_supported", _TAKEN + "`pack=2` in API mode"),
    ("test_verify1.py::test_cannot_name_struct_type", _TAKEN + "a nameless struct that a typedef leads to"),
    ("test_zdist.py::TestDist::test_api_emit_c_code_1", _NAME_PY),
    ("test_zdist.py::TestDist::test_api_emit_c_code_3", _NAME_PY),
    ("test_zdist.py::TestDist::test_api_compile_1", _NAME_PY),
    ("test_zdist.py::TestDist::test_api_compile_2", _NAME_PY),
    ("test_zdist.py::TestDist::test_api_compile_3", _NAME_PY),
    ("test_zdist.py::TestDist::test_api_compile_explicit_target_1", _NAME_PY),
    ("test_zdist.py::TestDist::test_api_compile_explicit_target_3", _NAME_PY),
    ("test_zdist.py::TestDist::test_setuptools_api_2", _NAME_PY),
)

EMBEDDING = ()

EXCLUDED = {"low": LOW, "cffi0": CFFI0, "cffi1": CFFI1, "embedding": EMBEDDING}
