"""Part 2, the building half: the declarations and the C source of module `_demo`.

Run by run.py (or `python api_build.py FOLDER`); api_mode.py uses the result.
Every `...` is for the C compiler to fill in.
"""

import sys

from cffi_like import FFI

ffibuilder = FFI()

ffibuilder.cdef("""
    #define VERSION ...
    #define LIMIT 1000

    typedef enum { RED, GREEN = 5, BLUE, ... } color;

    struct account {            /* the real one has more fields, in another order */
        int id;
        double balance;
        ...;
    };

    typedef struct { double x, y; } point;
    point midpoint(point a, point b);

    int SQUARE(int x);          /* a macro in the C source */

    extern int open_accounts;   /* a global variable */
    struct account *account_open(int id, double balance);
    int account_close(struct account *account);
    double account_total(struct account **accounts, size_t count);
    const char *color_name(color which);
    double reduce(double (*combine)(double, double), const double *values, size_t count);
""")

SOURCE = r"""
    #include <stdlib.h>
    #include <stddef.h>

    #define VERSION 20701
    #define LIMIT 1000
    #define SQUARE(x) ((x) * (x))

    typedef enum { BLACK = -1, RED, GREEN = 5, BLUE, WHITE = 99 } color;

    struct account {
        char secret[24];
        double balance;
        short flags;
        int id;
        struct account *next;
    };

    typedef struct { double x, y; } point;

    static point midpoint(point a, point b)
    {
        point middle = { (a.x + b.x) / 2, (a.y + b.y) / 2 };
        return middle;
    }

    static int open_accounts = 0;

    static struct account *account_open(int id, double balance)
    {
        struct account *account = calloc(1, sizeof *account);
        account->id = id;
        account->balance = balance;
        open_accounts++;
        return account;
    }

    static int account_close(struct account *account)
    {
        int id = account->id;
        free(account);
        open_accounts--;
        return id;
    }

    static double account_total(struct account **accounts, size_t count)
    {
        double total = 0;
        for (size_t i = 0; i < count; i++)
            total += accounts[i]->balance;
        return total;
    }

    static const char *color_name(color which)
    {
        switch (which) {
        case RED: return "red";
        case GREEN: return "green";
        case BLUE: return "blue";
        default: return "other";
        }
    }

    static double reduce(double (*combine)(double, double), const double *values, size_t count)
    {
        double result = values[0];
        for (size_t i = 1; i < count; i++)
            result = combine(result, values[i]);
        return result;
    }
"""

ffibuilder.set_source("_demo", SOURCE)

if __name__ == "__main__":
    print(ffibuilder.compile(tmpdir=sys.argv[1] if len(sys.argv) > 1 else "."))
