/* The C functions that CFFI's low-level tests call by number.  What each does
   follows from what its test asserts. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static signed char add_chars(signed char a, signed char b) { return (signed char)(a + b); }
static long add_int_long(int a, long b) { return a + b; }
static long long add_longlongs(long long a, long long b)
{
    return (long long)((unsigned long long)a + (unsigned long long)b);
}
static double add_to_double(float a, double b) { return a + b; }
static float add_to_float(float a, double b) { return (float)(a + b); }
static void raise_errno(void) { errno += 15; }
static int *minus_1000(int *p)
{
    static int result;

    result = *p - 1000;
    return &result;
}

struct small { char a1; short a2; };
static short sum_small(struct small s) { return (short)(s.a1 + s.a2); }
static short sum_small_pointer(struct small *s) { return (short)(s->a1 + s->a2); }

static int sum_variadic(int count, ...)
{
    va_list values;
    int total = 0, i;

    va_start(values, count);
    for (i = 0; i < count; i++)
        total += va_arg(values, int);
    va_end(values);
    return total;
}

struct s11 { int a1, a2; };
struct s12 { double a1; };
struct s13 { int a1, a2, a3; };
struct s14 { float a1; };
struct s15 { float a1; int a2; };
struct s16 { float a1, a2; };
struct s17 { int a1; float a2; };

static struct small make10(int n) { struct small r = {(char)n, (short)(n * n)}; return r; }
static struct s11 make11(int n) { struct s11 r = {n, n * n}; return r; }
static struct s12 make12(int n) { struct s12 r = {n}; return r; }
static struct s13 make13(int n) { struct s13 r = {n, n * n, n * n * n}; return r; }
static struct s14 make14(int n) { struct s14 r = {(float)n}; return r; }
static struct s15 make15(int n) { struct s15 r = {(float)n, n * n}; return r; }
static struct s16 make16(int n) { struct s16 r = {(float)n, -(float)n}; return r; }
static struct s17 make17(int n) { struct s17 r = {n, (float)n * (float)n}; return r; }
static int sum17(struct s17 *s) { return s->a1 + (int)s->a2; }

static long double logistic(long double x, int count)
{
    while (count-- > 0)
        x = 4 * x - x * x;
    return x;
}

struct s21 { int a, b, c, d, e, f, g, h, i, j; };
static int sum_shifted(struct s21 s)
{
    return s.a + (s.b << 1) + (s.c << 2) + (s.d << 3) + (s.e << 4) + (s.f << 5) + (s.g << 6) +
           (s.h << 7) + (s.i << 8) + (s.j << 9);
}

struct s22 { int a[10]; };
static struct s22 subtract(struct s22 x, struct s22 y)
{
    int i;

    for (i = 0; i < 10; i++)
        x.a[i] -= y.a[i];
    return x;
}

static int first_character(char *p) { return p == NULL ? -42 : *p * 1000; }

void *test_function(int number)
{
    static void *const functions[] = {
        (void *)add_chars, (void *)add_int_long, (void *)add_longlongs, (void *)add_to_double,
        (void *)add_to_float, (void *)raise_errno, (void *)minus_1000, (void *)sum_small, NULL,
        (void *)sum_variadic, (void *)make10, (void *)make11, (void *)make12, (void *)make13,
        (void *)make14, (void *)make15, (void *)make16, (void *)make17, (void *)sum17,
        (void *)logistic, (void *)sum_small_pointer, (void *)sum_shifted, (void *)subtract,
        (void *)first_character};

    if (number == 8)
        return stderr;
    if (number < 0 || number >= (int)(sizeof functions / sizeof functions[0]))
        return NULL;
    return functions[number];
}
