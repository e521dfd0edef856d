package review

// DecodeParts reads the documents of a text one by one, as the comparison does.
func DecodeParts(text []byte) ([]map[string]any, error) {
	var list []map[string]any
	for _, d := range split("f", text) {
		fields, err := d.decode()
		if err != nil {
			return nil, err
		}
		if fields != nil {
			list = append(list, fields)
		}
	}
	return list, nil
}
