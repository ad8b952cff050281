internal import COpenSSL

// Owners of OpenSSL objects: each frees its object when the last Swift reference goes.

/// Owns an `EVP_PKEY`.
///
/// @unchecked: the key is never changed after it is made, and OpenSSL counts its references atomically.
final class KeyHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes over one reference to the key.
  init(owning pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit { EVP_PKEY_free(pointer) }
}

/// Owns an `X509`.
///
/// @unchecked: the certificate is never changed after it is made; OpenSSL locks its cached extension values.
final class CertificateHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes over one reference to the certificate.
  init(owning pointer: OpaquePointer) {
    self.pointer = pointer
  }

  /// Adds a reference to a certificate that somebody else owns.
  init(retaining pointer: OpaquePointer) {
    X509_up_ref(pointer)
    self.pointer = pointer
  }

  deinit { X509_free(pointer) }
}

/// Owns an `X509_REQ`.
///
/// @unchecked: the request is never changed after it is made.
final class RequestHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes over the request.
  init(owning pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit { X509_REQ_free(pointer) }
}

/// Owns an `X509_STORE`.
///
/// @unchecked: filled before it is shared; OpenSSL locks its lookups.
final class StoreHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes over one reference to the store.
  init(owning pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit { X509_STORE_free(pointer) }
}

/// A `STACK_OF(X509)` that borrows the certificates for as long as `body` runs.
func withCertificateStack<R>(_ certificates: [Certificate], _ body: (OpaquePointer?) throws -> R) rethrows
  -> R
{
  let stack = shim_sk_X509_new()
  defer { shim_sk_X509_free(stack) }
  for certificate in certificates {
    _ = shim_sk_X509_push(stack, certificate.handle.pointer)
  }
  return try withExtendedLifetime(certificates) { try body(stack) }
}

/// The DER that one of OpenSSL's `i2d_…` functions writes; empty when it can't.
///
/// - Parameter encode: calls the function: with nil for the length, then with the place to write to.
func encodedDER(_ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32) -> [UInt8] {
  let length = Int(encode(nil))
  guard length > 0 else {
    OpenSSLErrors.clear()
    return []
  }
  return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
    var place = buffer.baseAddress
    count = max(0, min(length, Int(encode(&place))))
  }
}

/// What one of OpenSSL's `d2i_…` functions makes of all of `der`; nil when bytes are missing, wrong or left
/// over.
///
/// - Parameter decode: calls the function with the place to read from, which it moves, and the length.
func decodedDER<Pointer>(
  _ der: [UInt8], free: (Pointer) -> Void,
  _ decode: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> Pointer?
) -> Pointer? {
  der.withUnsafeBufferPointer { buffer in
    guard let start = buffer.baseAddress, !buffer.isEmpty else { return nil }
    var place: UnsafePointer<UInt8>? = start
    guard let object = decode(&place, buffer.count) else {
      return nil
    }
    guard place == start + buffer.count else {
      free(object)
      return nil
    }
    return object
  }
}
