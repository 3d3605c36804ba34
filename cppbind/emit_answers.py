"""Writes what a dictionary holds so that Python answers C++ without the compiled core: it throws what Python raises.

A run time like PyPy's gives C++ functions that cannot throw (`cppbind_python`, set by way of the helper "python").
Round them are those that directors and std::function call: they throw what was raised, as an exception of C++ that any
dictionary's guard knows and gives back to Python.  Neighbours: emit_helpers.py (the guards), emit_directors.py and
stl_text.py (who calls), runtime/portable/answers.py (who answers).
"""

# Outside of unnamed namespaces: what one dictionary throws another one catches.
PRELUDE = """\
// What the run time tells of an answer.
struct cppbind_said {
    std::uintptr_t id;              // of what was raised, or of what lives until it is `done`
    const char *text;               // of what was raised
    void *value;                    // where the answer lies, if not where it was to be put
};
// The run time's functions, null when it is gone.  1: answered; 0: not; -1: raised.
struct cppbind_python {
    int (*answer)(std::uintptr_t proxy, std::uint32_t index, void *const *arguments, void *result, std::uint32_t flags,
                  cppbind_said *said);
    void (*gone)(std::uintptr_t proxy);
    int (*run)(std::uintptr_t callable, void **arguments, void *room, cppbind_said *said);
    void (*release)(std::uintptr_t callable);
    void (*done)(std::uintptr_t id);
    void (*caught)(std::uintptr_t id);
    void (*dropped)(std::uintptr_t id);
};
// An exception of Python's on its way through C++.  Its copies share what it stands for.
class __attribute__((visibility("default"))) cppbind_raised : public std::exception {
public:
    cppbind_raised(const cppbind_said &said, const cppbind_python *python)
        : shared_(new shared{1, said.id, said.text, python}) {}
    cppbind_raised(const cppbind_raised &other) noexcept : std::exception(other), shared_(other.shared_) {
        __atomic_add_fetch(&shared_->references, 1, __ATOMIC_RELAXED);
    }
    cppbind_raised &operator=(const cppbind_raised &) = delete;
    ~cppbind_raised() override {
        if (__atomic_sub_fetch(&shared_->references, 1, __ATOMIC_ACQ_REL)) return;
        if (shared_->python->dropped) shared_->python->dropped(shared_->id);
        delete shared_;
    }
    const char *what() const noexcept override { return shared_->text ? shared_->text : "a Python exception"; }
    void caught() const { if (shared_->python->caught) shared_->python->caught(shared_->id); }
private:
    struct shared {
        long references;
        std::uintptr_t id;
        const char *text;
        const cppbind_python *python;
    };
    shared *shared_;
};
"""

SUPPORT = """\
const cppbind_python *cppbind_asked = nullptr;

// Lets go what an answer needed.
struct cppbind_kept {
    std::uintptr_t id;
    ~cppbind_kept() { if (id && cppbind_asked->done) cppbind_asked->done(id); }
};

// What directors call; see cppbind_director_hooks.
int cppbind_answer_call(void *proxy, std::uint32_t index, void *const *arguments, void *result,
                        void (*take)(void *, void *), std::uint32_t flags) {
    // Gone: nothing, or a zero, where there is no base to answer.  ORDER: format.py, DIRECTOR_FLAGS.
    if (!cppbind_asked->answer) return (flags & 1) && (!result || (flags & 4));
    cppbind_said said = {0, nullptr, nullptr};
    int status = cppbind_asked->answer(reinterpret_cast<std::uintptr_t>(proxy), index, arguments, result, flags, &said);
    if (status < 0) throw cppbind_raised(said, cppbind_asked);
    cppbind_kept kept = {said.id};
    if (status && take) take(result, said.value);
    return status;
}
void cppbind_gone(void *proxy) {
    if (cppbind_asked->gone) cppbind_asked->gone(reinterpret_cast<std::uintptr_t>(proxy));
}
struct {
    int (*call)(void *, std::uint32_t, void *const *, void *, void (*)(void *, void *), std::uint32_t);
    void (*gone)(void *);
} cppbind_answers = {cppbind_answer_call, cppbind_gone};

// What a std::function calls; see `callback` in cppbind_stl.
struct cppbind_callable {
    void *(*call)(cppbind_callable *self, void **arguments, void *room, void **hold);
    void (*done)(cppbind_callable *self, void *hold);
    void (*release)(cppbind_callable *self);
    std::uintptr_t id;
};
void *cppbind_callable_call(cppbind_callable *self, void **arguments, void *room, void **hold) {
    if (!cppbind_asked->run) throw std::runtime_error("a Python callable was called, but Python is shut down");
    cppbind_said said = {0, nullptr, nullptr};
    if (cppbind_asked->run(self->id, arguments, room, &said) < 0) throw cppbind_raised(said, cppbind_asked);
    *hold = reinterpret_cast<void *>(said.id);
    return said.value ? said.value : room;
}
void cppbind_callable_done(cppbind_callable *, void *hold) {
    cppbind_kept kept = {reinterpret_cast<std::uintptr_t>(hold)};
}
void cppbind_callable_release(cppbind_callable *self) {
    if (cppbind_asked->release) cppbind_asked->release(self->id);
    delete self;
}
void *cppbind_callable_new(std::uintptr_t id) {
    return new (std::nothrow) cppbind_callable{cppbind_callable_call, cppbind_callable_done, cppbind_callable_release,
                                               id};
}
"""

# Helpers by name, and their address.
NAMED = (("python", "&cppbind_asked"), ("answers", "&cppbind_answers"), ("callable_new", "&cppbind_callable_new"))
