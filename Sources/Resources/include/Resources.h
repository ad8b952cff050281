#ifndef DRYDOCK_RESOURCES_H
#define DRYDOCK_RESOURCES_H

#include <stddef.h>

/// The bytes of one table, part of the program's image.
typedef struct {
  const unsigned char *_Nonnull start;
  size_t count;
} ResourceTable;

/// The served groups, versions, resources and paths.
ResourceTable resource_catalog(void);
/// The schemas of all types, as OpenAPI v3 components.
ResourceTable resource_schemas(void);
/// The field numbers of all protobuf messages.
ResourceTable resource_protobuf(void);
/// The columns of tables, by the path of the list.
ResourceTable resource_columns(void);
/// The objects that every server starts with, by the path of their list.
ResourceTable resource_bootstrap(void);
/// What types differ in that schemas don't say: which fields are pointers, defaults.
ResourceTable resource_defaults(void);

#endif
