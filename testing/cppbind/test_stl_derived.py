"""Promises of classes that derive from a container: they are used as the container itself."""

import pytest
from cpp_runtime import load_text

HEADER = """
#pragma once
#include <vector>
namespace derivedvec {
struct Tag { int tag = 7; virtual ~Tag() = default; };
struct Ints : std::vector<int> { int extra = 5; };
struct Second : Tag, std::vector<int> {};
struct Shared : virtual std::vector<int> { int extra = 5; };
inline long total(const std::vector<int> &items) { long sum = 0; for (int item : items) sum += item; return sum; }
}
"""


@pytest.fixture(scope="module")
def lib(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("derived")).derivedvec


@pytest.mark.parametrize("name", ["Ints", "Second", "Shared"])
def test_vector_of_numbers(lib, name):
    """Iteration, index, slices, list methods and `in`, wherever the vector lies in the object."""
    numbers = getattr(lib, name)()
    for value in (3, 1, 2):
        numbers.append(value)
    assert (list(numbers), len(numbers), numbers[0], numbers[-1]) == ([3, 1, 2], 3, 3, 2)
    assert list(numbers[1:]) == [1, 2]
    assert 1 in numbers and 9 not in numbers
    numbers[1] = 8
    numbers.extend([4, 5])
    numbers.sort()
    assert list(numbers) == [2, 3, 4, 5, 8] == [*numbers]
    assert numbers == [2, 3, 4, 5, 8]
    assert numbers.pop() == 8
    del numbers[0]
    numbers[:] = [6, 7]
    assert lib.total(numbers) == 13
    with pytest.raises(IndexError):
        numbers[2]
    with pytest.raises(TypeError):
        numbers.append("text")
    with pytest.raises(OverflowError):
        numbers[0] = 2 ** 40
    assert list(numbers) == [6, 7]


def test_items_appended_meanwhile(lib):
    """What is appended while it is iterated over comes, too, as with a list."""
    numbers, seen = lib.Ints(), []
    numbers.append(1)
    for number in numbers:
        seen.append(number)
        if len(numbers) < 3:
            numbers.append(number + 1)
    assert seen == [1, 2, 3]
