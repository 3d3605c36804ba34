"""hints.py: what a message may add about a word that cdef() does not know.

Used by declarator.py.  Imports nothing.
"""

_CPLUSPLUS = frozenset("class template namespace using public private protected virtual operator constexpr "
                       "decltype nullptr_t std".split())
_INTEGERS = frozenset("""
    blkcnt_t blksize_t clock_t clockid_t dev_t gid_t id_t in_addr_t in_port_t ino_t key_t mode_t nfds_t nlink_t
    off64_t off_t pid_t pthread_t rlim_t sa_family_t sig_atomic_t socklen_t speed_t suseconds_t tcflag_t time_t
    u_char u_int u_int16_t u_int32_t u_int64_t u_int8_t u_long u_short uid_t uint ulong useconds_t ushort wctype_t
    wint_t""".split())
_OPAQUE = frozenset("""
    DIR fenv_t fexcept_t fpos_t jmp_buf mbstate_t pthread_attr_t pthread_cond_t pthread_mutex_t sem_t
    sigset_t va_list""".split())
_NO_CORE = frozenset("_Float16 _Float32 _Float64 _Float128 __float128 _Decimal32 _Decimal64 _Decimal128 __bf16".split())


def about_type(word):
    """A clause for the message about the unknown type `word`, or ''."""
    if word in _CPLUSPLUS:
        return "; this is C++, which cppbind reads"
    if word in _INTEGERS:
        return "; types of the system are declared like others: 'typedef int... %s;' for set_source(), else by " \
            "what it is here, such as 'typedef long %s;'" % (word, word)
    if word in _OPAQUE:
        return "; types of the system are declared like others: 'typedef ... %s;' if only pointers to it are " \
            "passed on" % word
    if word in _NO_CORE:
        return "; the core has no numbers of this type"
    return ""


def about_token(word):
    """A clause for the message about an unexpected token, or ''."""
    if word in ("&", "&&", "::"):
        return " (this is C++, which cppbind reads)"
    return ""
