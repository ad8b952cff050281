#include "Resources.h"

// Clang takes #embed in every C mode, and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define TABLE(name)                                                 \
  ResourceTable resource_##name(void) {                             \
    return (ResourceTable){name##_bytes, sizeof name##_bytes};      \
  }

static const unsigned char catalog_bytes[] = {
#embed "tables/catalog.json"
};
static const unsigned char schemas_bytes[] = {
#embed "tables/schemas.json"
};
static const unsigned char protobuf_bytes[] = {
#embed "tables/protobuf.json"
};
static const unsigned char columns_bytes[] = {
#embed "tables/columns.json"
};
static const unsigned char bootstrap_bytes[] = {
#embed "tables/bootstrap.json"
};
static const unsigned char defaults_bytes[] = {
#embed "tables/defaults.json"
};

TABLE(catalog)
TABLE(schemas)
TABLE(protobuf)
TABLE(columns)
TABLE(bootstrap)
TABLE(defaults)
