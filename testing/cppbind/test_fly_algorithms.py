"""Promises of C++'s algorithms on Python-made containers, of lambdas that C++ returns, and of views made of them."""

import gc

import pytest

import cppbind
from cppbind import gbl

std = gbl.std
CODE = """
#include <ranges>
namespace flya {
inline auto doubled() { return [](int x) { return x * 2; }; }
inline auto times(double k) { return [k](auto x) { return x * k; }; }
template <class T> auto adder(T k) { return [k](auto x) { return x + k; }; }
template <class F> int apply(F f) { return f(3); }
inline auto odd(std::vector<int> &v) {
    return v | std::views::filter([](int x) { return x % 2 == 1; }) | std::views::transform([](int x) { return x * 2.5; });
}
struct Maker {
    int k = 4;
    auto scaled() const { return [this](int x) { return x * k; }; }
    auto offset() const { return [this](auto x) { return x + k; }; }
};
}
"""


@pytest.fixture(scope="module")
def flya():
    cppbind.cppdef(CODE)
    return gbl.flya


@pytest.fixture
def numbers():
    return std.vector[int]([3, 1, 2])


def test_algorithms_on_iterators(numbers):
    """Iterators that begin() and end() give are what C++'s algorithms take."""
    assert std.accumulate(numbers.begin(), numbers.end(), 0) == 6
    assert std.count(numbers.begin(), numbers.end(), 1) == 1
    std.sort(numbers.begin(), numbers.end())
    assert list(numbers) == [1, 2, 3]
    std.reverse(numbers.begin(), numbers.end())
    assert list(numbers) == [3, 2, 1]


def test_algorithms_with_python_functions(numbers):
    """A Python function with annotations is called for the items."""
    def multiply(a: int, b: int) -> int:
        return a * b

    def descending(a: int, b: int) -> bool:
        return a > b

    seen = []

    def see(item: int) -> None:
        seen.append(item)

    assert std.accumulate(numbers.begin(), numbers.end(), 1, multiply) == 6
    std.sort(numbers.begin(), numbers.end(), descending)
    assert list(numbers) == [3, 2, 1]
    std.for_each(numbers.begin(), numbers.end(), see)
    assert seen == [3, 2, 1]
    with pytest.raises(TypeError, match="needs annotations"):
        std.count_if(numbers.begin(), numbers.end(), lambda item: item > 1)


def test_algorithms_that_return_iterators(numbers):
    """What they return is compared, read and passed on, and keeps the container alive."""
    def small(item: int) -> bool:
        return item < 2

    found = std.find_if(numbers.begin(), numbers.end(), small)
    assert found != numbers.end() and found.__deref__() == 1
    assert std.find(numbers.begin(), numbers.end(), 77) == numbers.end()
    assert std.distance(numbers.begin(), found) == 1
    position = numbers.begin()
    std.advance(position, 2)
    assert std.distance(numbers.begin(), position) == 2
    std.sort(found, numbers.end())
    largest = std.max_element(numbers.begin(), numbers.end())
    del numbers
    gc.collect()
    assert largest.__deref__() == 3


def test_find_of_maps_and_sets():
    """find() of a map or set gives an iterator, end() where the key is not there."""
    ages, names = std.map[str, int]({"a": 1}), std.set[int]([4])
    assert ages.find("a") != ages.end() and ages.find("b") == ages.end()
    assert ages.find("a").__deref__().second == 1
    assert names.find(4).__deref__() == 4 and names.find(5) == names.end()
    assert std.distance(ages.begin(), ages.end()) == 1


def test_algorithms_on_lists():
    """A Python list has no iterators: the error says what C++ was asked for."""
    with pytest.raises(TypeError, match=r"cannot instantiate 'std::sort\(std::vector<int>\)'"):
        std.sort([3, 1, 2])


def test_lambdas_from_cpp(flya):
    """Lambdas that functions return are called from Python, generic ones with any types."""
    assert flya.doubled()(4) == 8
    by = flya.times(2.5)
    assert by(10) == 25.0 and by(1.5) == 3.75
    assert flya.adder(3)(0.5) == 3.5
    maker = flya.Maker()
    assert maker.scaled()(5) == 20 and maker.offset()(0.5) == 4.5


def test_lambdas_go_back(flya):
    """A lambda that C++ returned is an argument of templates."""
    assert flya.apply(flya.doubled()) == 6 and flya.apply(flya.times(2.0)) == 6


def test_views(flya):
    """Views are made of lambdas, put together with `|`, iterated, and keep what they look at alive."""
    items = std.vector[int]([1, 2, 3])
    assert list(std.views.transform(items, flya.doubled())) == [2, 4, 6]
    odd = flya.odd(items)
    reverse = items | std.views.reverse
    del items
    gc.collect()
    assert list(odd) == [2.5, 7.5] and list(reverse) == [3, 2, 1]
