import OrderedCollections

/// The members of a JSON object, in the order in which they were added.
///
/// Equality and hashing ignore that order, as JSON does. Small objects are searched linearly and large
/// ones by a seeded hash, so that no choice of keys makes a look-up slow.
public struct Object: Sendable {
  @usableFromInline var storage: OrderedDictionary<String, Value>

  public init() { storage = [:] }

  /// An object of the pairs; the last value of a repeated key counts.
  public init(_ pairs: some Sequence<(String, Value)>) {
    storage = OrderedDictionary(pairs, uniquingKeysWith: { _, last in last })
  }

  public init(minimumCapacity: Int) { storage = OrderedDictionary(minimumCapacity: minimumCapacity) }

  public var count: Int { storage.count }
  public var isEmpty: Bool { storage.isEmpty }

  /// The keys, in order.
  public var keys: [String] { Array(storage.keys) }

  /// The keys in the order of their UTF-8 bytes, which is how Go prints a map.
  public var sortedKeys: [String] { storage.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

  /// The member of that name; assigning nil removes it.
  public subscript(key: String) -> Value? {
    get { storage[key] }
    set { storage[key] = newValue }
    _modify { yield &storage[key] }
  }

  public func contains(_ key: String) -> Bool { storage.index(forKey: key) != nil }

  @discardableResult
  public mutating func removeValue(forKey key: String) -> Value? { storage.removeValue(forKey: key) }

  /// Adds or replaces a member and tells whether the key was there before.
  @discardableResult
  public mutating func update(_ value: Value, forKey key: String) -> Bool {
    storage.updateValue(value, forKey: key) != nil
  }

  /// The members for which the test holds, in the same order.
  public func filter(_ isIncluded: (String, Value) throws -> Bool) rethrows -> Object {
    var result = Object()
    for (key, value) in storage where try isIncluded(key, value) { result[key] = value }
    return result
  }

  /// The object with each value replaced.
  public func mapValues(_ change: (Value) throws -> Value) rethrows -> Object {
    var result = Object(minimumCapacity: count)
    for (key, value) in storage { result[key] = try change(value) }
    return result
  }
}

extension Object: Sequence {
  public struct Iterator: IteratorProtocol {
    var inner: OrderedDictionary<String, Value>.Iterator

    public mutating func next() -> (key: String, value: Value)? { inner.next() }
  }

  public func makeIterator() -> Iterator { Iterator(inner: storage.makeIterator()) }
}

extension Object: Hashable {
  public static func == (a: Object, b: Object) -> Bool {
    guard a.count == b.count else { return false }
    for (key, value) in a.storage {
      guard let other = b.storage[key], other == value else { return false }
    }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    // Order must not matter, so each member is hashed alone and the results are added.
    var sum = 0
    for (key, value) in storage {
      var one = hasher
      one.combine(key)
      one.combine(value)
      sum &+= one.finalize()
    }
    hasher.combine(sum)
  }
}

extension Object: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}
