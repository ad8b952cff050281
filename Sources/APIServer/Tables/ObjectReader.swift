import Values

/// A field of an object, read without trust in its shape: what is missing, or of another type than is asked
/// for, reads as empty.
struct ObjectReader: Sendable {
  let value: Value?
  /// The moment that ages are counted to.
  let now: Timestamp

  init(_ value: Value?, now: Timestamp) {
    self.value = value
    self.now = now
  }

  /// The member of an object.
  subscript(key: String) -> ObjectReader { ObjectReader(value?[key], now: now) }

  /// The field at dotted names: `spec.nodeName`.
  func at(_ path: String) -> ObjectReader {
    path.split(separator: ".").reduce(self) { $0[String($1)] }
  }

  /// Whether there is a value other than null.
  var exists: Bool { value.map { !$0.isNull } ?? false }

  var text: String { value?.string ?? "" }
  var integer: Int64 { value?.int ?? 0 }
  var bool: Bool { value?.bool ?? false }

  /// The text, or what stands for it where the field is missing.
  func text(orMissing placeholder: String) -> String { exists ? text : placeholder }

  /// The text, or what stands for it where it is empty.
  func text(orEmpty placeholder: String) -> String { text.isEmpty ? placeholder : text }

  /// The elements of an array.
  var items: [ObjectReader] { (value?.array ?? []).map { ObjectReader($0, now: now) } }

  /// The number of an array's elements or of an object's members.
  var count: Int { value?.array?.count ?? value?.object?.count ?? 0 }

  /// The texts of an array's elements, with a comma between them.
  var joined: String { (value?.strings ?? []).joined(separator: ",") }

  /// The number or the text of an IntOrString.
  var integerOrText: String { value?.int.map(String.init) ?? text }
}

// MARK: - Quantities

extension ObjectReader {
  /// A resource.Quantity in its canonical form, `0` for what is missing or none.
  var quantity: String {
    guard let value, exists else { return "0" }
    return (try? Quantity(json: value))?.description ?? "0"
  }

  /// The same of an optional quantity, which the real server writes as Go writes a nil pointer.
  var optionalQuantity: String { exists ? quantity : "<nil>" }
}

// MARK: - Labels

extension ObjectReader {
  /// A map of labels: `a=1,b=2`, or `<none>`.
  var labels: String {
    let pairs = (value?.object ?? [:]).map { "\($0.key)=\($0.value.string ?? "")" }
    return pairs.isEmpty ? "<none>" : pairs.sorted(by: ObjectReader.precedes).joined(separator: ",")
  }

  /// A metav1.LabelSelector in text form, or `<none>`.
  var labelSelector: String {
    guard let selector = try? LabelSelector(value) else { return "<error>" }
    let text = selector.description
    return text.isEmpty ? "<none>" : text
  }

  /// The order of the server's sorted lists: by bytes.
  static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
}

// MARK: - Time

extension ObjectReader {
  /// The moment; nil for a missing one and for the first second of the year 1, Go's zero time.
  var time: Timestamp? {
    guard let time = Timestamp(rfc3339: text), time.seconds != ObjectReader.goZero.seconds else { return nil }
    return time
  }

  /// How long ago the moment was, `<unknown>` where there is none.
  var since: String { time.map { HumanDuration.text(from: $0, to: now) } ?? "<unknown>" }

  /// 0001-01-01T00:00:00Z
  static let goZero = Timestamp(seconds: -62_135_596_800)
}

// MARK: - Objects

extension ObjectReader {
  /// `metadata.name`
  var name: String { self["metadata"]["name"].text }

  /// How long ago the object was created.
  var age: String { self["metadata"]["creationTimestamp"].since }

  var isBeingDeleted: Bool { self["metadata"]["deletionTimestamp"].exists }

  /// The first of `status.conditions` that has the type.
  func condition(_ type: String) -> ObjectReader? {
    self["status"]["conditions"].items.first { $0["type"].text == type }
  }

  /// Whether `status.conditions` has the type with the status `True`.
  func isTrue(_ type: String) -> Bool { condition(type)?["status"].text == "True" }
}
