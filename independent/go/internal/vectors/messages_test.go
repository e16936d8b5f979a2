package vectors

import (
	"encoding/hex"
	"encoding/json"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"reseq.example/independent/go/internal/pb"
)

// newMessage returns an empty message of the .proto file.
func newMessage(t *testing.T, name string) proto.Message {
	t.Helper()
	descriptor := pb.File_reseq_v1_reseq_proto.Messages().ByName(protoreflect.Name(name))
	if descriptor == nil {
		t.Fatalf("unknown message %q", name)
	}
	for _, message := range []proto.Message{
		new(pb.DescribeRequest), new(pb.DescribeResponse), new(pb.OpenRequest), new(pb.OpenResponse),
		new(pb.ConfirmRequest), new(pb.ConfirmResponse),
	} {
		if message.ProtoReflect().Descriptor() == descriptor {
			return message
		}
	}
	t.Fatalf("%q is not a message of its own", name)
	return nil
}

// fromJSON fills a message from the JSON form of the vectors: protobuf's own, but bytes are
// hexadecimal texts.
func fromJSON(t *testing.T, raw json.RawMessage, message proto.Message) {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	fill(t, message.ProtoReflect(), members)
}

func fill(t *testing.T, message protoreflect.Message, members map[string]any) {
	t.Helper()
	for name, value := range members {
		field := message.Descriptor().Fields().ByJSONName(name)
		switch {
		case field == nil:
			t.Fatalf("%s has no member %q", message.Descriptor().Name(), name)
		case field.IsList():
			list := message.Mutable(field).List()
			for _, element := range value.([]any) {
				list.Append(scalar(t, field, element))
			}
		case field.Message() != nil:
			fill(t, message.Mutable(field).Message(), value.(map[string]any))
		default:
			message.Set(field, scalar(t, field, value))
		}
	}
}

func scalar(t *testing.T, field protoreflect.FieldDescriptor, value any) protoreflect.Value {
	t.Helper()
	switch field.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(value.(string))
	case protoreflect.BytesKind:
		b, err := hex.DecodeString(value.(string))
		if err != nil {
			t.Fatal(err)
		}
		return protoreflect.ValueOfBytes(b)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(value.(float64)))
	}
	t.Fatalf("no JSON form of %s", field.Kind())
	return protoreflect.Value{}
}

// toJSON is the way back.
func toJSON(message proto.Message) object {
	return members(message.ProtoReflect())
}

func members(message protoreflect.Message) object {
	result := object{}
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		result[field.JSONName()] = plain(field, value)
		return true
	})
	return result
}

func plain(field protoreflect.FieldDescriptor, value protoreflect.Value) any {
	switch v := value.Interface().(type) {
	case protoreflect.List:
		elements := make([]any, v.Len())
		for i := range elements {
			elements[i] = v.Get(i).Interface()
		}
		return elements
	case protoreflect.Message:
		return members(v)
	case []byte:
		return hex.EncodeToString(v)
	default:
		return v
	}
}
