/// Why a selector can't be used, in the words of k8s.io/apimachinery.
public struct SelectorError: Error, Equatable, CustomStringConvertible {
  public var message: String

  public init(message: String) { self.message = message }

  public var description: String { message }
}
