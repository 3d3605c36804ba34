/* cpp_item.h: items of containers, see cpp_item.c.  Include after cpp_type.h. */
#ifndef CPP_ITEM_H
#define CPP_ITEM_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether an ITEM still lies in its container, whose object is at `base`. */
int cpp_item_is_there(cpp_instance *self, cpp_instance *whole, char *base);
/* What `container` gave by reference: a proxy without an owner becomes its item.  0, or -1 with an error. */
int cpp_item_adopt(cpp_instance *self, PyObject *container);
/* The flags of an object that a function of `owner` returned by `type`, a pointer or reference: CPP_PART where
   it lies in that, with CPP_ITEM where it may be dropped; 0 where it lies elsewhere. */
uint32_t cpp_item_place(cpp_type *type, PyObject *owner, const char *address);
/* Before items are replaced (`drops` 0) or moved and dropped: 0; -1 with an error while they are viewed or in use. */
int cpp_item_check(PyObject *container, int drops);
/* Something may have dropped items. */
void cpp_item_look_again(cpp_instance *container);

#ifdef __cplusplus
}
#endif
#endif
