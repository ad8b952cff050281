internal import COpenSSL

/// Who a certificate is of, or from: an X.501 name (RFC 5280 section 4.1.2.4).
public struct DistinguishedName: Sendable, Equatable {
  /// One attribute: the dotted object identifier of its type, and its value.
  public struct Attribute: Sendable, Equatable {
    public var oid: String
    public var value: String
    /// Whether it shares a relative name (a set) with the attribute before it.
    var joinsPrevious = false

    public init(oid: String, value: String) {
      self.oid = oid
      self.value = value
    }
  }

  /// The attributes in the order of the encoding.
  public var attributes: [Attribute]

  /// Object identifiers of the attribute types that Kubernetes looks at.
  public enum OID {
    public static let commonName = "2.5.4.3"
    public static let serialNumber = "2.5.4.5"
    public static let country = "2.5.4.6"
    public static let locality = "2.5.4.7"
    public static let province = "2.5.4.8"
    public static let streetAddress = "2.5.4.9"
    public static let organization = "2.5.4.10"
    public static let organizationalUnit = "2.5.4.11"
    public static let postalCode = "2.5.4.17"
    /// Domain component (RFC 4519).
    public static let domainComponent = "0.9.2342.19200300.100.1.25"
    /// The user's unique id (RFC 4519).
    public static let uid = "0.9.2342.19200300.100.1.1"
    /// Where kube-apiserver reads a user's UID from (Kubernetes 1.33 release notes,
    /// AllowParsingUserUIDFromCertAuth).
    public static let kubernetesUserUID = "1.3.6.1.4.1.57683.2"
  }

  /// A name as Go writes it: the organizations in one set, then the units in one set, then the common name,
  /// then `extra`.
  public init(
    commonName: String? = nil, organizations: [String] = [], organizationalUnits: [String] = [],
    extra: [Attribute] = []
  ) {
    func set(_ oid: String, _ values: [String]) -> [Attribute] {
      values.enumerated().map { index, value in
        var attribute = Attribute(oid: oid, value: value)
        attribute.joinsPrevious = index > 0
        return attribute
      }
    }
    attributes =
      set(OID.organization, organizations) + set(OID.organizationalUnit, organizationalUnits)
      + set(OID.commonName, commonName.map { [$0] } ?? []) + extra
  }

  /// The values of all attributes of a type, in order.
  public func values(_ oid: String) -> [String] {
    attributes.compactMap { $0.oid == oid ? $0.value : nil }
  }

  /// The common name, empty when there is none; of several the last, as in Go.
  public var commonName: String { values(OID.commonName).last ?? "" }
  /// The organizations: for a client certificate, the user's groups.
  public var organizations: [String] { values(OID.organization) }
  /// The organizational units.
  public var organizationalUnits: [String] { values(OID.organizationalUnit) }

  /// The name as RFC 2253 text, most specific first: `CN=kubernetes-admin,O=system:masters`.
  public var text: String {
    var groups: [[Attribute]] = []
    for attribute in attributes {
      if attribute.joinsPrevious, !groups.isEmpty {
        groups[groups.count - 1].append(attribute)
      } else {
        groups.append([attribute])
      }
    }
    return groups.reversed().map { group in
      group.map { "\(Self.shortNames[$0.oid] ?? $0.oid)=\(Self.escaped($0.value))" }.joined(separator: "+")
    }.joined(separator: ",")
  }

  private static let shortNames = [
    OID.commonName: "CN", OID.serialNumber: "SERIALNUMBER", OID.country: "C", OID.locality: "L",
    OID.province: "ST", OID.streetAddress: "STREET", OID.organization: "O", OID.organizationalUnit: "OU",
    OID.postalCode: "POSTALCODE", OID.domainComponent: "DC", OID.uid: "UID",
  ]

  private static func escaped(_ value: String) -> String {
    var text = ""
    let scalars = Array(value.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      let atEdge = index == 0 || index == scalars.count - 1
      if ",+\"\\<>;".unicodeScalars.contains(scalar) || (scalar == " " && atEdge)
        || (scalar == "#" && index == 0)
      {
        text.unicodeScalars.append("\\")
      }
      text.unicodeScalars.append(scalar)
    }
    return text
  }

  // MARK: OpenSSL

  /// Reads OpenSSL's form.
  init(_ name: OpaquePointer?) {
    attributes = []
    var set: Int32 = -1
    for index in 0..<max(0, X509_NAME_entry_count(name)) {
      guard let entry = X509_NAME_get_entry(name, index) else { continue }
      var attribute = Attribute(
        oid: oidText(X509_NAME_ENTRY_get_object(entry)), value: utf8Text(X509_NAME_ENTRY_get_data(entry)))
      attribute.joinsPrevious = X509_NAME_ENTRY_set(entry) == set
      set = X509_NAME_ENTRY_set(entry)
      attributes.append(attribute)
    }
  }

  /// Adds the attributes to OpenSSL's form.
  func append(to name: OpaquePointer?) throws(SecurityError) {
    for attribute in attributes {
      guard let oid = OBJ_txt2obj(attribute.oid, 1) else {
        throw .openSSL("\(attribute.oid) is not an object identifier")
      }
      defer { ASN1_OBJECT_free(oid) }
      let value = Array(attribute.value.utf8)
      let kind = value.allSatisfy(Self.isPrintable) ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING
      let set: Int32 = attribute.joinsPrevious ? -1 : 0
      guard X509_NAME_add_entry_by_OBJ(name, oid, kind, value, Int32(value.count), -1, set) == 1 else {
        throw .openSSL("cannot write the name")
      }
    }
  }

  /// Whether the byte is in ASN.1's PrintableString (X.680 section 41.4).
  private static func isPrintable(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: " '()+,-./:=?".utf8.contains(byte)
    }
  }
}

/// The dotted text of an object identifier, empty when it is too long to be one of ours.
func oidText(_ object: OpaquePointer?) -> String {
  guard let object else { return "" }
  var text = [CChar](repeating: 0, count: 256)
  let length = Int(OBJ_obj2txt(&text, Int32(text.count), object, 1))
  guard length > 0, length < text.count else { return "" }
  return String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The text of an ASN.1 string of any kind.
func utf8Text(_ string: UnsafePointer<ASN1_STRING>?) -> String {
  guard let string else { return "" }
  var text: UnsafeMutablePointer<UInt8>?
  let length = ASN1_STRING_to_UTF8(&text, string)
  guard let text, length >= 0 else {
    OpenSSLErrors.clear()
    return String(decoding: rawBytes(string), as: UTF8.self)
  }
  defer { shim_free(text) }
  return String(decoding: UnsafeBufferPointer(start: text, count: Int(length)), as: UTF8.self)
}

/// The content bytes of an ASN.1 string.
func rawBytes(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
  guard let string, let start = ASN1_STRING_get0_data(string) else { return [] }
  return Array(UnsafeBufferPointer(start: start, count: max(0, Int(ASN1_STRING_length(string)))))
}
