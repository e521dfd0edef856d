package review

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// parseJSON reads values of JSON, one after the other.
func parseJSON(text []byte) ([]value, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	lineAt := func(offset int64) int { return 1 + bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n")) }
	var values []value
	for {
		begins := decoder.InputOffset()
		begins += int64(len(text[begins:]) - len(bytes.TrimLeft(text[begins:], " \t\r\n")))
		v, err := jsonValue(decoder, 0)
		if err == io.EOF {
			return values, nil
		}
		if err != nil {
			offset := decoder.InputOffset()
			if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
				offset = syntax.Offset
			}
			return nil, lineError{lineAt(offset), err.Error()}
		}
		if v != nil {
			values = append(values, value{line: lineAt(begins), any: v})
		}
	}
}

// jsonValue reads one value. At the end of the text, and only there, the error is io.EOF.
func jsonValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		if err == io.EOF && depth > 0 {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			v, err := jsonValue(decoder, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = decoder.Token()
		return list, unexpected(err)
	case json.Delim('{'):
		fields := map[string]any{}
		for decoder.More() {
			if err := jsonField(decoder, fields, depth); err != nil {
				return nil, err
			}
		}
		_, err = decoder.Token()
		return fields, unexpected(err)
	}
	return token, nil
}

func jsonField(decoder *json.Decoder, fields map[string]any, depth int) error {
	token, err := decoder.Token()
	if err != nil {
		return unexpected(err)
	}
	key, _ := token.(string) // the decoder gives nothing else here
	if _, found := fields[key]; found {
		return fmt.Errorf("key %.80q appears twice in an object", key)
	}
	fields[key], err = jsonValue(decoder, depth+1)
	return err
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
