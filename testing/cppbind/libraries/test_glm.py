"""GLM (linear algebra): instances of templates that a selection names do what C++ does with them."""

import math

import pytest

import cppbind


@pytest.fixture(scope="module")
def glm(dictionary):
    dictionary("glm")
    return cppbind.gbl.glm


def test_solve_a_linear_system(glm):
    """A x = b by the inverse of A; the columns of a matrix are vectors, written through."""
    a = glm.mat3()
    for column, values in enumerate([(2, 1, 0), (-1, 3, 1), (0, 2, 4)]):
        a[column] = glm.vec3(*values)
    b = glm.vec3(1, 16.5, 14)
    x = glm.inverse(a) * b
    assert glm.determinant(a) == pytest.approx(24)
    assert (x.x, x.y, x.z) == pytest.approx((2, 3, 2.75))
    assert glm.length(a * x - b) < 1e-5


def test_members_of_anonymous_unions(glm):
    """x, r and s are one float, as in the union of the header."""
    v = glm.vec3(1, 2, 3)
    v.x = 7
    assert (v.r, v.s, v[0]) == (7, 7, 7) and (v.z, v.b, v.p) == (3, 3, 3)
    assert issubclass(glm.vec3.value_type, float) and glm.vec3.value_type.__cpp_name__ == "float" and v.length() == 3


def test_vector_algebra(glm):
    """Operators and functions that are templates, by prototype; overloads are told by the types of the arguments."""
    a, b = glm.vec3(1, 0, 0), glm.vec3(0, 2, 0)
    c = glm.cross(a, b)
    assert (c.x, c.y, c.z) == (0, 0, 2) and glm.dot(a, b) == 0
    total = 0.5 * (a + b * 2.0)
    assert (total.x, total.y) == (0.5, 2)
    a += b
    assert a == glm.vec3(1, 2, 0) and not a == b
    assert glm.length(glm.normalize(a)) == pytest.approx(1)


def test_transformations_agree(glm):
    """A point turned by a matrix, and by a quaternion, ends at the same place."""
    axis, point = glm.vec3(0, 0, 1), glm.vec3(1, 0, 0)
    moved = glm.translate(glm.rotate(glm.mat4(1), math.pi / 2, axis), glm.vec3(5, 0, 0))
    by_matrix = glm.vec3(moved * glm.vec4(point.x, point.y, point.z, 1))
    by_quaternion = glm.angleAxis(math.pi / 2, axis) * glm.vec3(6, 0, 0)
    assert glm.length(by_matrix - by_quaternion) < 1e-5
    back = glm.inverse(moved) * (moved * glm.vec4(1, 2, 3, 1))
    assert (back.x, back.y, back.z) == pytest.approx((1, 2, 3))


def test_one_class_under_all_its_names(glm):
    """Typedefs are the same Python class; another item type is another one."""
    assert glm.vec3 is glm.fvec3 and glm.vec3 is glm.f32vec3 and glm.vec3 is not glm.dvec3
    assert cppbind.sizeof(glm.dvec3) == 2 * cppbind.sizeof(glm.vec3) == 24


def test_what_was_not_asked_for_is_named(glm):
    """A signature that no prototype asked for is a TypeError that shows what there is."""
    with pytest.raises(TypeError, match=r"glm::dot\("):
        glm.dot(glm.mat3(), glm.mat3())
