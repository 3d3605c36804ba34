"""The C++ text that dictionaries of standard library instances contain: class templates of static functions.

Each does in one call what C++ does with iterators, so that Python needs no knowledge of a library's layout; `stl` says
which template of `cppbind_stl` serves which of the library's.  Plain data; compiled with the user's headers.
"""

TUPLE_LIMIT = 10            # items of a std::tuple or alternatives of a std::variant that can be reached

# What calls of C++'s algorithms need too (runtime/algorithms.py), so it may be there twice.
POSITIONS = """\
#ifndef CPPBIND_STL_POSITIONS
#define CPPBIND_STL_POSITIONS
inline std::size_t within(std::size_t at, std::size_t end) {
    return at < end ? at : throw std::out_of_range("the container has become shorter");
}
// An iterator that goes no further than its container; by number where that can be.
// raw() is lent to C++, which may have moved it; moved() takes it back.
template <class C, bool = std::is_base_of<std::random_access_iterator_tag, typename std::iterator_traits<
    typename C::iterator>::iterator_category>::value> class place {
public:
    place(C &c, typename C::iterator at) : of_(&c), at_(at) { moved(); }
    place(const place &like, typename C::iterator at) : of_(like.of_), at_(at) { moved(); }
    typename C::iterator get() const {
        return at_ != of_->end() ? at_ : throw std::out_of_range("the iterator is at the end");
    }
    void next() { get(); ++at_; moved(); }
    bool operator==(const place &other) const { return at_ == other.at_; }
    typename C::iterator &raw() { return at_; }
    void moved() { item_ = at_ == of_->end() ? nullptr : std::addressof(*at_); }
    const C *container() const { return of_; }
    // Whether the item is still in its node, whatever else was dropped.
    bool stays() const {
        if (item_ == nullptr) return true;
        for (typename C::const_iterator each = of_->begin(); each != of_->end(); ++each)
            if (static_cast<const void *>(std::addressof(*each)) == item_) return true;
        return false;
    }
private:
    C *of_;
    typename C::iterator at_;
    const void *item_;          // nullptr at the end
};
template <class C> class place<C, true> {
public:
    place(C &c, typename C::iterator at) : of_(&c), at_(at - c.begin()) {}
    place(const place &like, typename C::iterator at) : of_(like.of_), at_(at - of_->begin()) {}
    typename C::iterator get() const { return std::next(of_->begin(), within(at_, of_->size())); }
    void next() { at_ = within(at_, of_->size()) + 1; }
    bool operator==(const place &other) const { return of_ == other.of_ && at_ == other.at_; }
    typename C::iterator &raw() { return raw_ = std::next(of_->begin(), within(at_, of_->size() + 1)); }
    void moved() { at_ = raw_ - of_->begin(); }
    const C *container() const { return of_; }
    bool stays() const { return false; }        // what is behind a dropped item moves
private:
    C *of_;
    std::size_t at_;
    typename C::iterator raw_;
};
// The same with the plain operators.
template <class C> class position {
public:
    typedef typename C::value_type item;
    position(C &c, typename C::iterator at) : at_(c, at) {}
    position(const position &like, typename C::iterator at) : at_(like.at_, at) {}
    static bool _stl_holds(const C &, const void *at) { return static_cast<const position *>(at)->at_.stays(); }
    const item &operator*() const { return *at_.get(); }
    position &operator++() { at_.next(); return *this; }
    bool operator==(const position &other) const { return at_ == other.at_; }
    bool operator!=(const position &other) const { return !(at_ == other.at_); }
    friend typename C::iterator &iterator_at(position &self) { return self.at_.raw(); }
    friend void iterator_moved(position &self) { self.at_.moved(); }
    friend const C *iterator_of(const position &self) { return self.at_.container(); }
private:
    place<C> at_;
};
template <class C> class map_position {
public:
    map_position(C &c, typename C::iterator at) : at_(c, at) {}
    map_position(const map_position &like, typename C::iterator at) : at_(like.at_, at) {}
    static bool _stl_holds(const C &, const void *at) { return static_cast<const map_position *>(at)->at_.stays(); }
    const typename C::key_type &_stl_key() const { return at_.get()->first; }
    typename C::mapped_type &_stl_value() const { return at_.get()->second; }
    const typename C::value_type &operator*() const { return *at_.get(); }
    map_position &operator++() { at_.next(); return *this; }
    bool operator==(const map_position &other) const { return at_ == other.at_; }
    bool operator!=(const map_position &other) const { return !(at_ == other.at_); }
    friend typename C::iterator &iterator_at(map_position &self) { return self.at_.raw(); }
    friend void iterator_moved(map_position &self) { self.at_.moved(); }
    friend const C *iterator_of(const map_position &self) { return self.at_.container(); }
private:
    place<C> at_;
};
#endif
"""

CONTAINERS = POSITIONS + """\
// Python code that ran since the place was worked out may have shortened the container.
template <class C> auto length(const C &c, int) -> decltype(static_cast<std::size_t>(c.size())) { return c.size(); }
template <class C> std::size_t length(const C &c, long) { return std::distance(c.begin(), c.end()); }
// Whether an object is an item of the container, or the key or value of one.
template <class C> bool holds(const C &c, const void *item) {
    for (typename C::const_iterator at = c.begin(); at != c.end(); ++at)
        if (static_cast<const void *>(std::addressof(*at)) == item) return true;
    return false;
}
template <class C> bool map_holds(const C &c, const void *item) {
    for (typename C::const_iterator at = c.begin(); at != c.end(); ++at)
        if (std::addressof(at->first) == item || std::addressof(at->second) == item) return true;
    return false;
}
// Iterators that Python gives back: of this container, and in order.
template <class C, class P> typename C::iterator inside(const C &c, P &at) {
    if (iterator_of(at) != &c) throw std::invalid_argument("the iterator is of another container");
    return iterator_at(at);
}
template <class C, class P> P erase_at(C &c, P &first, P *last) {
    typename C::iterator from = inside(c, first), to = last ? inside(c, *last) : from;
    if (!last && to == c.end()) throw std::out_of_range("the iterator is at the end");
    if (!last) ++to;
    for (typename C::iterator at = from; at != to; ++at)
        if (at == c.end()) throw std::invalid_argument("the first iterator is behind the last");
    return P(first, c.erase(from, to));
}
// For iterators that go by number.
template <class C> struct stepping {
    static position<C> _stl_step(position<C> &at, std::ptrdiff_t by) {
        C &c = const_cast<C &>(*iterator_of(at));
        typename C::iterator from = iterator_at(at);
        if (by < c.begin() - from || by > c.end() - from)
            throw std::out_of_range("the iterator would leave its container");
        return position<C>(at, from + by);
    }
    static std::ptrdiff_t _stl_between(position<C> &first, position<C> &last) {
        return iterator_at(last) - inside(*iterator_of(last), first);
    }
};
// How an item is given to its container: what cannot be copied is moved.
template <class T> struct given {
    typedef typename std::conditional<std::is_copy_constructible<T>::value, const T &, T &&>::type type;
};
template <class C> struct sequence : stepping<C> {
    typedef typename C::value_type item;
    typedef typename given<item>::type giving;
    static item &_stl_item(C &c, std::size_t at) { return *std::next(c.begin(), within(at, length(c, 0))); }
    static void _stl_put(C &c, std::size_t at, typename given<item>::type value) {
        *std::next(c.begin(), within(at, length(c, 0))) = static_cast<giving>(value);
    }
    static position<C> _stl_begin(C &c) { return position<C>(c, c.begin()); }
    static position<C> _stl_end(C &c) { return position<C>(c, c.end()); }
};
template <class C> struct growing : sequence<C> {
    typedef typename C::value_type item;
    typedef typename given<item>::type giving;
    static bool _stl_holds(const C &c, const void *item) { return holds(c, item); }
    static void _stl_append(C &c, typename given<item>::type value) { c.push_back(static_cast<giving>(value)); }
    static void _stl_insert(C &c, std::size_t at, typename given<item>::type value) {
        c.insert(std::next(c.begin(), within(at, c.size() + 1)), static_cast<giving>(value));
    }
    static void _stl_erase(C &c, std::size_t first, std::size_t last) {
        within(last, c.size() + 1);
        within(first, last + 1);
        c.erase(std::next(c.begin(), first), std::next(c.begin(), last));
    }
    static position<C> _stl_insert_at(C &c, position<C> &at, typename given<item>::type value) {
        return position<C>(at, c.insert(inside(c, at), static_cast<giving>(value)));
    }
    static position<C> _stl_erase_at(C &c, position<C> &first, position<C> *last) { return erase_at(c, first, last); }
};
template <class C> struct set {
    typedef typename C::key_type key;
    static bool _stl_holds(const C &c, const void *item) { return holds(c, item); }
    static bool _stl_has(const C &c, const key &value) { return c.find(value) != c.end(); }
    static std::size_t _stl_drop(C &c, const key &value) { return c.erase(value); }
    static void _stl_add(C &c, const key &value) { c.insert(value); }
    static position<C> _stl_find(C &c, const key &k) { return position<C>(c, c.find(k)); }
    static position<C> _stl_begin(C &c) { return position<C>(c, c.begin()); }
    static position<C> _stl_end(C &c) { return position<C>(c, c.end()); }
    static position<C> _stl_erase_at(C &c, position<C> &first, position<C> *last) { return erase_at(c, first, last); }
};
template <class C> struct map {
    typedef typename C::key_type key;
    static bool _stl_holds(const C &c, const void *item) { return map_holds(c, item); }
    typedef typename C::mapped_type mapped;
    static bool _stl_has(const C &c, const key &k) { return c.find(k) != c.end(); }
    static std::size_t _stl_drop(C &c, const key &k) { return c.erase(k); }
    static mapped &_stl_get(C &c, const key &k) { return c.at(k); }
    typedef typename given<mapped>::type giving;
    static void _stl_put(C &c, const key &k, typename given<mapped>::type value) {
        typename C::iterator at = c.find(k);
        if (at == c.end()) c.insert(typename C::value_type(k, static_cast<giving>(value)));
        else at->second = static_cast<giving>(value);
    }
    static map_position<C> _stl_find(C &c, const key &k) { return map_position<C>(c, c.find(k)); }
    static map_position<C> _stl_begin(C &c) { return map_position<C>(c, c.begin()); }
    static map_position<C> _stl_end(C &c) { return map_position<C>(c, c.end()); }
    static map_position<C> _stl_erase_at(C &c, map_position<C> &first, map_position<C> *last) {
        return erase_at(c, first, last);
    }
};
template <class C> struct multimap {
    typedef typename C::key_type key;
    static bool _stl_holds(const C &c, const void *item) { return map_holds(c, item); }
    static bool _stl_has(const C &c, const key &k) { return c.find(k) != c.end(); }
    static std::size_t _stl_drop(C &c, const key &k) { return c.erase(k); }
    static void _stl_add(C &c, const key &k, const typename C::mapped_type &value) {
        c.insert(typename C::value_type(k, value));
    }
    static map_position<C> _stl_find(C &c, const key &k) { return map_position<C>(c, c.equal_range(k).first); }
    static map_position<C> _stl_begin(C &c) { return map_position<C>(c, c.begin()); }
    static map_position<C> _stl_end(C &c) { return map_position<C>(c, c.end()); }
    static map_position<C> _stl_erase_at(C &c, map_position<C> &first, map_position<C> *last) {
        return erase_at(c, first, last);
    }
};
"""

BOOL_POSITION = """\
#ifndef CPPBIND_STL_BOOL_POSITION
#define CPPBIND_STL_BOOL_POSITION
template <> class position<std::vector<bool>> {
public:
    position(std::vector<bool> &c, std::vector<bool>::iterator at) : at_(c, at) {}
    position(const position &like, std::vector<bool>::iterator at) : at_(like.at_, at) {}
    bool operator*() const { return *at_.get(); }
    position &operator++() { at_.next(); return *this; }
    bool operator==(const position &other) const { return at_ == other.at_; }
    bool operator!=(const position &other) const { return !(at_ == other.at_); }
    friend std::vector<bool>::iterator &iterator_at(position &self) { return self.at_.raw(); }
    friend void iterator_moved(position &self) { self.at_.moved(); }
    friend const std::vector<bool> *iterator_of(const position &self) { return self.at_.container(); }
private:
    place<std::vector<bool>> at_;
};
#endif
"""

_BOOLS = BOOL_POSITION + """\
template <> inline bool holds(const std::vector<bool> &, const void *) { return false; }
template <> struct sequence<std::vector<bool>> : stepping<std::vector<bool>> {
    typedef std::vector<bool> C;
    static bool _stl_item(C &c, std::size_t at) { return c[within(at, c.size())]; }
    static void _stl_put(C &c, std::size_t at, const bool &value) { c[within(at, c.size())] = value; }
    static position<C> _stl_begin(C &c) { return position<C>(c, c.begin()); }
    static position<C> _stl_end(C &c) { return position<C>(c, c.end()); }
};
"""

_TUPLE = """\
template <class C, std::size_t I, bool = (I < std::tuple_size<C>::value)> struct element {
    typedef typename std::tuple_element<I, C>::type type;
};
template <class C, std::size_t I> struct element<C, I, false> { typedef char type; };
template <class C> struct tuple {
""" + "".join("""\
    static typename element<C, %(i)d>::type &_stl_get%(i)d(C &c) { return std::get<%(i)d>(c); }
    static void _stl_put%(i)d(C &c, const typename element<C, %(i)d>::type &value) { std::get<%(i)d>(c) = value; }
""" % {"i": place} for place in range(TUPLE_LIMIT)) + "};\n"

_OPTIONAL = """\
template <class C> struct optional {
    typedef typename C::value_type item;
    static item &_stl_get(C &c) { return c.value(); }
    static bool _stl_holds(const C &c, const void *item) { return c.has_value() && std::addressof(*c) == item; }
    static void _stl_put(C &c, const item &value) { c = value; }
    static void _stl_clear(C &c) { c.reset(); }
};
"""

_POINTERS = """\
template <class C> struct pointer {
    static typename C::element_type *_stl_get(const C &c) { return c.get(); }
};
template <class C> struct unique : pointer<C> {
    static typename C::element_type *_stl_release(C &c) { return c.release(); }
    static void _stl_take(C &c, typename C::element_type *pointee) { c.reset(pointee); }
};
template <class C> struct shared : pointer<C> {
    static void _stl_take(C &c, typename C::element_type *pointee) { c.reset(pointee); }
    // Shares what `c` owns, whatever that is; _stl_adopt drops it.
    static long _stl_uses(const C &c) { return c.use_count(); }
    static void *_stl_owner(const C &c) { return new std::shared_ptr<const void>(c); }
    static void _stl_adopt(C &c, void *owner, typename C::element_type *pointee) {
        std::unique_ptr<std::shared_ptr<const void>> taken(static_cast<std::shared_ptr<const void> *>(owner));
        c = C(*taken, pointee);
    }
};
template <class C> struct weak {
    static void _stl_put(C &c, const std::shared_ptr<typename C::element_type> &pointer) { c = pointer; }
};
"""

_FORWARD = """\
template <class C> struct forward : sequence<C> {
    typedef typename C::value_type item;
    static bool _stl_holds(const C &c, const void *item) { return holds(c, item); }
    static std::size_t _stl_size(const C &c) { return std::distance(c.begin(), c.end()); }
    static void _stl_insert(C &c, std::size_t at, const item &value) {
        c.insert_after(std::next(c.before_begin(), within(at, _stl_size(c) + 1)), value);
    }
    static void _stl_append(C &c, const item &value) { _stl_insert(c, _stl_size(c), value); }
    static void _stl_erase(C &c, std::size_t first, std::size_t last) {
        within(last, _stl_size(c) + 1);
        within(first, last + 1);
        c.erase_after(std::next(c.before_begin(), first), std::next(c.before_begin(), last + 1));
    }
};
"""

_SPAN = """\
template <class C> struct span {
    typedef typename C::element_type item;
    static item &_stl_item(C &c, std::size_t at) { return c[within(at, c.size())]; }
    static void _stl_put(C &c, std::size_t at, const item &value) { c[within(at, c.size())] = value; }
    static C _stl_make(item *first, std::size_t count) { return C(first, count); }
};
"""

_INITIALIZER = """\
#if __GNUC__ >= 9 && !defined(__clang__)
#pragma GCC diagnostic ignored "-Winit-list-lifetime"
#endif
// An initializer_list over items of its own.  Two words in every library: where they begin, and how many.
template <class C> struct initializer {
    typedef typename C::value_type item;
    struct words { item *first; std::size_t count; };
    static const item &_stl_item(const C &c, std::size_t at) { return c.begin()[within(at, c.size())]; }
    static void _stl_open(C &c, std::size_t count) {
        static_assert(sizeof(C) == sizeof(words), "an initializer_list has two words");
        store(c, std::allocator<item>().allocate(count), 0);
    }
    static void _stl_append(C &c, const item &value) {
        ::new (const_cast<item *>(c.begin() + c.size())) item(value);
        store(c, const_cast<item *>(c.begin()), c.size() + 1);
    }
    static void _stl_close(C &c, std::size_t count) {
        item *first = const_cast<item *>(c.begin());
        for (std::size_t at = c.size(); at > 0; at--) first[at - 1].~item();
        std::allocator<item>().deallocate(first, count);
        store(c, nullptr, 0);
    }
private:
    static void store(C &c, item *first, std::size_t count) {
        words made = {first, count};
        std::memcpy(static_cast<void *>(&c), &made, sizeof made);
    }
};
"""

_BITSET = """\
template <class C> struct bits {
    static bool _stl_item(const C &c, std::size_t at) { return c[within(at, c.size())]; }
    static void _stl_put(C &c, std::size_t at, bool value) { c[within(at, c.size())] = value; }
    static std::string _stl_text(const C &c) { return c.to_string(); }
};
"""

_QUEUE = """\
template <class C> struct queue {
    static void _stl_append(C &c, const typename C::value_type &value) { c.push(value); }
};
"""

_VARIANT = """\
template <class C, std::size_t I, bool = (I < std::variant_size<C>::value)> struct alternative {
    typedef typename std::variant_alternative<I, C>::type type;
};
template <class C, std::size_t I> struct alternative<C, I, false> { typedef char type; };
template <class C> struct variant {
""" + "".join("""\
    static typename alternative<C, %(i)d>::type &_stl_get%(i)d(C &c) { return std::get<%(i)d>(c); }
    static void _stl_put%(i)d(C &c, const typename alternative<C, %(i)d>::type &value) {
        c.template emplace<%(i)d>(value);
    }
""" % {"i": place} for place in range(TUPLE_LIMIT)) + "};\n"

_FUNCTION = """\
// What the run time gives to be called; see cpp_callable.h, which has the same fields.
struct callback {
    void *(*call)(callback *self, void **arguments, void *room, void **hold);
    void (*done)(callback *self, void *hold);
    void (*release)(callback *self);
};
// Keeps what a result needs until that is copied.
struct hold {
    callback *target;
    void *held;
    ~hold() { if (held) target->done(target, held); }
};
template <class T, bool = std::is_class<T>::value || std::is_union<T>::value> struct result {     // classes
    static T get(void *at) { return give(static_cast<T *>(at), std::is_copy_constructible<T>()); }
    static T give(T *at, std::true_type) { return *at; }
    static T give(T *at, std::false_type) { return std::move(*at); }
};
template <class T> struct result<T, false> {
    static T get(void *at) { return *static_cast<typename std::remove_cv<T>::type *>(at); }
};
template <class T> struct result<T &, false> {
    static T &get(void *at) { return **static_cast<T **>(at); }
};
template <class T> struct result<T &&, false> {
    static T &&get(void *at) { return static_cast<T &&>(**static_cast<T **>(at)); }
};
template <> struct result<void, false> {
    static void get(void *) {}
};
// The target of a std::function: its copies share the callable, the last one gives it back.
template <class R, class... A> class trampoline {
public:
    explicit trampoline(callback *target) : target_(target, target->release) {}
    R operator()(A... arguments) const {
        void *places[] = {place(arguments)..., nullptr};
        static const bool references[] = {std::is_reference<A>::value..., false};
        void *passed[sizeof...(A) + 1];
        for (std::size_t at = 0; at < sizeof...(A); at++) passed[at] = references[at] ? &places[at] : places[at];
        alignas(16) char room[16];
        std::shared_ptr<callback> target = target_;     // the function may be dropped by what it calls
        hold kept = {target.get(), nullptr};
        void *found = target->call(target.get(), passed, room, &kept.held);
        return result<R>::get(found);
    }
private:
    template <class T> static void *place(T &argument) {
        return const_cast<void *>(static_cast<const volatile void *>(std::addressof(argument)));
    }
    std::shared_ptr<callback> target_;
};
// What goes for a plain function pointer: so many functions of a type, each with a place for its target.
template <class R, class... A> struct plain {
    static trampoline<R, A...> *targets[32];
    template <int N> static R call(A... arguments) {
        trampoline<R, A...> target(*targets[N]);
        return target(static_cast<A &&>(arguments)...);
    }
};
template <class R, class... A> trampoline<R, A...> *plain<R, A...>::targets[32];
template <int N, class R, class... A> struct plain_at {
    static std::size_t address(std::size_t at) {
        return at == N ? reinterpret_cast<std::size_t>(&plain<R, A...>::template call<N>)
                       : plain_at<N - 1, R, A...>::address(at);
    }
};
template <class R, class... A> struct plain_at<-1, R, A...> {
    static std::size_t address(std::size_t) { return 0; }
};
// Signatures without classes by value need none of that: c_backend/cpp_closure.c.
template <class... A> struct with_class { enum { value = 0 }; };
template <class T, class... A> struct with_class<T, A...> {
    enum { value = (std::is_class<T>::value && !std::is_same<T, std::string>::value) || with_class<A...>::value };
};
template <class C> struct function;
template <class R, class... A> struct function<std::function<R(A...)>> {
    typedef std::function<R(A...)> C;
    static void _stl_from(C &c, std::size_t address) { c = reinterpret_cast<R (*)(A...)>(address); }
    static std::size_t _stl_plain(void *target, std::size_t at) {
        if (at >= 32) return 0;
        trampoline<R, A...> *old = plain<R, A...>::targets[at];
        plain<R, A...>::targets[at] = new trampoline<R, A...>(static_cast<callback *>(target));
        delete old;
        return plain_at<with_class<R, A...>::value ? 31 : -1, R, A...>::address(at);
    }
    static bool _stl_has(const C &c) { return static_cast<bool>(c); }
    static void _stl_bind(C &c, void *target) { c = trampoline<R, A...>(static_cast<callback *>(target)); }
};
"""

_CHRONO = """\
template <class C> struct duration {
    static void _stl_put(C &c, typename C::rep count) { c = C(count); }
};
template <class C> struct moment {
    static typename C::rep _stl_since(const C &c) { return c.time_since_epoch().count(); }
    static void _stl_put(C &c, typename C::rep count) { c = C(typename C::duration(count)); }
};
"""

_PATH = """\
template <class C> struct path {
    static void _stl_put(C &c, const std::string &text) { c = text; }
};
"""

# (the header that declares the templates, what serves them), in the order of the text.
PARTS = (
    ("vector", _BOOLS), ("tuple", _TUPLE), ("optional", _OPTIONAL), ("memory", _POINTERS), ("forward_list", _FORWARD),
    ("span", _SPAN), ("initializer_list", _INITIALIZER), ("bitset", _BITSET), ("queue", _QUEUE), ("stack", _QUEUE),
    ("variant", _VARIANT), ("functional", _FUNCTION), ("chrono", _CHRONO), ("filesystem", _PATH),
)
