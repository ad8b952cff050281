import Security

/// The public keys that service account tokens may be signed with (`--service-account-key-file`).
public struct ServiceAccountKeys: Sendable {
  /// A key and the `kid` that tokens name it by.
  public struct Key: Sendable {
    public var id: String
    public var key: PublicKey
  }

  /// In the order given, each once.
  public let keys: [Key]
  private let byID: [String: Key]

  public init(_ keys: [PublicKey]) {
    var byID: [String: Key] = [:]
    var list: [Key] = []
    for key in keys {
      let entry = Key(id: KeyID.of(key), key: key)
      if byID.updateValue(entry, forKey: entry.id) == nil { list.append(entry) }
    }
    self.keys = list
    self.byID = byID
  }

  /// The keys that a token with this `kid` can be signed with; all of them where it names none.
  func candidates(_ id: String?) -> [PublicKey] {
    guard let id, !id.isEmpty else { return keys.map(\.key) }
    return byID[id].map { [$0.key] } ?? []
  }
}
