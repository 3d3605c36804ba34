#ifdef __cplusplus
# define _Bool bool
#endif
#define LIMIT 77
#define FIXED 5
#define NAME "x"
#define RATIO 0.5
static char title[] = "t";
#define TITLE title
typedef short id_type;
typedef double real;
typedef struct { int v; } opaque;
typedef struct { int v; } *handle;
typedef int row[9];
enum color { RED, BLUE, GREEN };
typedef enum { ON, OFF } state;
struct full { char c; int bits : 3; double d; };
struct part { long more; short list[4]; int wanted; union { int i; float f; }; struct { int z; } in; };
union either { int i; float f; };
typedef struct { int x; } point;
static int plain(int x, const char *s) { return x + s[0]; }
static void nothing(void) { }
static int formatted(const char *f, ...) { return f[0]; }
static struct full by_value(struct full f, union either e) { f.d = e.f; return f; }
static point move(point a, const point *b, id_type i) { a.x += b->x + i; return a; }
static handle open_it(opaque *o) { (void)o; return 0; }
static int picked(double d) { return (int)d; }
static int (*pick(int i))(double) { return i ? picked : 0; }
static double _Complex spin(double _Complex z) { return z * z; }
static int counter;
static const char *words[3];
static struct full one;
static int rest[5];
