import Values

/// A list: values, or a JSON array whose elements are read when asked for.
public struct CELList: Sendable {
  /// A JSON array with the shape of its elements.
  final class JSONElements: Sendable {
    let elements: [Value]
    let shape: any JSONShape

    init(_ elements: [Value], shape: any JSONShape) {
      self.elements = elements
      self.shape = shape
    }
  }

  /// Two lists one after the other: `+` costs little, however long they are.
  final class Joined: Sendable {
    let left: CELList
    let right: CELList
    let count: Int

    init(_ left: CELList, _ right: CELList) {
      self.left = left
      self.right = right
      count = left.count + right.count
    }
  }

  enum Storage: Sendable {
    case values([CELValue])
    case joined(Joined)
    case json(JSONElements)
    /// A list that a library gives its own meaning to equality and `+`.
    case custom(any CELListStorage)
  }

  var storage: Storage

  public init(_ values: [CELValue]) { storage = .values(values) }

  /// - Parameter shape: that of the elements.
  public init(_ json: [Value], shape: any JSONShape) { storage = .json(JSONElements(json, shape: shape)) }

  /// A list with equality and concatenation of its own, as Kubernetes' sets and maps of lists.
  public init(_ custom: any CELListStorage) { storage = .custom(custom) }

  public var count: Int {
    switch storage {
    case .values(let values): values.count
    case .joined(let joined): joined.count
    case .json(let json): json.elements.count
    case .custom(let list): list.count
    }
  }

  public var isEmpty: Bool { count == 0 }

  /// The element; nil past the ends.
  public subscript(safe index: Int) -> CELValue? {
    guard index >= 0, index < count else { return nil }
    switch storage {
    case .values(let values): return values[index]
    case .joined(let joined):
      let leftCount = joined.left.count
      return index < leftCount ? joined.left[safe: index] : joined.right[safe: index - leftCount]
    case .json(let json): return json.shape.value(of: json.elements[index])
    case .custom(let list): return list.element(index)
    }
  }

  /// The library's list behind it, if it is one.
  public var custom: (any CELListStorage)? { if case .custom(let list) = storage { list } else { nil } }

  /// The elements as values.
  public var values: [CELValue] {
    if case .values(let values) = storage { return values }
    return (0..<count).compactMap { self[safe: $0] }
  }

  /// Adds an element in place.
  mutating func append(_ element: CELValue) {
    var values = self.values
    storage = .values([])  // so that the array is uniquely referenced and grows in place
    values.append(element)
    storage = .values(values)
  }

  /// Lists up to this long are copied when they are joined.
  private static let copyLimit = 64
  /// The most elements that joining may give: far more than an object can hold.
  private static let countLimit = 1_000_000

  /// The elements of both.
  func concatenated(with other: CELList) throws(CELError) -> CELValue {
    if case .custom(let list) = storage { return try list.concatenated(with: other) }
    let count = self.count + other.count
    if count <= Self.copyLimit { return .values(values + other.values) }
    if count > Self.countLimit { throw CELError("list exceeds \(Self.countLimit) elements") }
    var joined = self
    joined.storage = .joined(Joined(self, other))
    return .list(joined)
  }
}

/// A list with a meaning of its own for `==`, `in` and `+`.
public protocol CELListStorage: AnyObject, Sendable {
  var count: Int { get }
  /// The element at an index that is in range.
  func element(_ index: Int) -> CELValue
  func isEqual(to other: CELList) -> Bool
  func contains(_ value: CELValue) -> Bool
  func concatenated(with other: CELList) throws(CELError) -> CELValue
}

extension CELList: Sequence {
  public struct Iterator: IteratorProtocol {
    let list: CELList
    var index = 0

    public mutating func next() -> CELValue? {
      defer { index += 1 }
      return list[safe: index]
    }
  }

  public func makeIterator() -> Iterator { Iterator(list: self) }
}

extension CELList: Equatable {
  public static func == (a: CELList, b: CELList) -> Bool { CELValue.list(a) == CELValue.list(b) }
}
