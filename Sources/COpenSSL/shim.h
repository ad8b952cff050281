// OpenSSL's macros and its inline, typed stacks do not reach Swift; these wrappers do. Nothing else is here.
#ifndef DRYDOCK_COPENSSL_SHIM_H
#define DRYDOCK_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// Memory

static inline void shim_free(void *memory) { OPENSSL_free(memory); }

// BIO

static inline void shim_BIO_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void shim_BIO_clear_retry_flags(BIO *bio) { BIO_clear_retry_flags(bio); }

// SSL_CTX and SSL

static inline int shim_SSL_CTX_set_min_proto_version(SSL_CTX *ctx, int version) {
  return (int)SSL_CTX_set_min_proto_version(ctx, version);
}
static inline int shim_SSL_CTX_set_max_proto_version(SSL_CTX *ctx, int version) {
  return (int)SSL_CTX_set_max_proto_version(ctx, version);
}
static inline void shim_SSL_CTX_set_mode(SSL_CTX *ctx, long mode) { SSL_CTX_set_mode(ctx, mode); }
static inline void shim_SSL_CTX_set_session_cache_mode(SSL_CTX *ctx, long mode) {
  SSL_CTX_set_session_cache_mode(ctx, mode);
}
static inline void shim_SSL_CTX_set_safe_options(SSL_CTX *ctx) {
  SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
}
static inline int shim_SSL_CTX_set1_groups_list(SSL_CTX *ctx, const char *list) {
  return (int)SSL_CTX_set1_groups_list(ctx, list);
}
static inline int shim_SSL_set_tlsext_host_name(SSL *ssl, const char *name) {
  return (int)SSL_set_tlsext_host_name(ssl, name);
}
static inline int shim_SSL_get_ex_new_index(void) { return SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL); }

// Keys

static inline EVP_PKEY *shim_EVP_RSA_gen(size_t bits) { return EVP_RSA_gen(bits); }
static inline EVP_PKEY *shim_EVP_EC_gen(const char *curve) { return EVP_EC_gen(curve); }

// Typed stacks

static inline STACK_OF(X509) *shim_sk_X509_new(void) { return sk_X509_new_null(); }
static inline int shim_sk_X509_push(STACK_OF(X509) *stack, X509 *item) { return sk_X509_push(stack, item); }
static inline int shim_sk_X509_num(const STACK_OF(X509) *stack) { return sk_X509_num(stack); }
static inline X509 *shim_sk_X509_value(const STACK_OF(X509) *stack, int at) {
  return sk_X509_value(stack, at);
}
static inline void shim_sk_X509_free(STACK_OF(X509) *stack) { sk_X509_free(stack); }

static inline GENERAL_NAMES *shim_GENERAL_NAMES_new(void) { return sk_GENERAL_NAME_new_null(); }
static inline int shim_sk_GENERAL_NAME_push(GENERAL_NAMES *stack, GENERAL_NAME *item) {
  return sk_GENERAL_NAME_push(stack, item);
}
static inline int shim_sk_GENERAL_NAME_num(const GENERAL_NAMES *stack) { return sk_GENERAL_NAME_num(stack); }
static inline GENERAL_NAME *shim_sk_GENERAL_NAME_value(const GENERAL_NAMES *stack, int at) {
  return sk_GENERAL_NAME_value(stack, at);
}
static inline void shim_GENERAL_NAMES_free(GENERAL_NAMES *names) {
  sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
}

static inline EXTENDED_KEY_USAGE *shim_EXTENDED_KEY_USAGE_new(void) { return sk_ASN1_OBJECT_new_null(); }
static inline int shim_EXTENDED_KEY_USAGE_push(EXTENDED_KEY_USAGE *stack, ASN1_OBJECT *item) {
  return sk_ASN1_OBJECT_push(stack, item);
}
static inline int shim_EXTENDED_KEY_USAGE_num(const EXTENDED_KEY_USAGE *stack) {
  return sk_ASN1_OBJECT_num(stack);
}
static inline ASN1_OBJECT *shim_EXTENDED_KEY_USAGE_value(const EXTENDED_KEY_USAGE *stack, int at) {
  return sk_ASN1_OBJECT_value(stack, at);
}
static inline void shim_EXTENDED_KEY_USAGE_free(EXTENDED_KEY_USAGE *stack) {
  sk_ASN1_OBJECT_pop_free(stack, ASN1_OBJECT_free);
}

static inline STACK_OF(X509_EXTENSION) *shim_sk_X509_EXTENSION_new(void) {
  return sk_X509_EXTENSION_new_null();
}
static inline void shim_sk_X509_EXTENSION_free(STACK_OF(X509_EXTENSION) *stack) {
  sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
}

#endif
