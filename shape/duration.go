package shape

import "google.golang.org/protobuf/reflect/protoreflect"

// IsDuration says whether the field at path is a google.protobuf.Duration. The path is that of keys alone, from the message down, without
// list positions and with the keys of maps: subsets, trafficPolicy, outlierDetection, interval. It is false where the message has no such field.
func (m Message) IsDuration(path ...string) bool {
	const duration = "google.protobuf.Duration"
	message := m.descriptor()
	for len(path) > 0 {
		if message == nil {
			return false
		}
		field := fieldNamed(message, path[0])
		path = path[1:]
		if field == nil {
			return false
		}
		if field.IsMap() {
			field = field.MapValue()
			path = path[min(1, len(path)):]
		}
		message = field.Message()
	}
	return message != nil && message.FullName() == duration
}

func fieldNamed(message protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if field := message.Fields().ByJSONName(name); field != nil {
		return field
	}
	return message.Fields().ByTextName(name)
}
