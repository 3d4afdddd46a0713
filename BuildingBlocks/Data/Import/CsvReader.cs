using System.Text;
using Crm.Core;

namespace Crm.Data.Import;

/// <summary>
/// Reads CSV as RFC 4180 says, one record after another, whatever the size of the file: fields in quotation marks may hold delimiters, line ends and doubled quotation marks; lines end by CRLF, LF or CR.
/// A quotation mark in the middle of a field stands for itself. Empty lines are left out.
/// </summary>
public sealed class CsvReader(TextReader text, char delimiter)
{
    // Far more than any real file has; it ends the reading of what is none before memory does.
    private const int MaxField = 200_000;
    private const int MaxFields = 1_000;

    private readonly char[] _buffer = new char[32 * 1024];
    private readonly StringBuilder _field = new();
    private int _length;
    private int _at;

    /// <summary>Record that was read last, the first being 1.</summary>
    public long Record { get; private set; }

    /// <summary>Reads the next record; false at the end.</summary>
    /// <exception cref="RuleBroken">It is no CSV.</exception>
    public bool Read(List<string> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        while (true)
        {
            fields.Clear();
            if (!ReadRecord(fields)) return false;
            // A line with nothing in it is no record; one with an empty field in quotation marks is.
            if (fields.Count > 0)
            {
                Record++;
                return true;
            }
        }
    }

    private bool ReadRecord(List<string> fields)
    {
        var c = Next();
        if (c < 0) return false;
        if (IsEnd(c)) return true;
        while (true)
        {
            c = c == '"' ? Quoted() : Plain(c);
            fields.Add(_field.ToString());
            if (fields.Count > MaxFields) throw new RuleBroken("import.unreadable", "Too many columns in row {0}: this is perhaps no CSV file, or another delimiter.", Record + 1);
            if (c < 0 || IsEnd(c)) return true;
            c = Next();
            // The delimiter stood last: an empty field follows it.
            if (c < 0 || (c != delimiter && c is '\n' or '\r'))
            {
                fields.Add("");
                if (c >= 0) IsEnd(c);
                return true;
            }
        }
    }

    /// <summary>Reads a field without quotation marks; answers the delimiter or line end after it, or -1.</summary>
    private int Plain(int c)
    {
        _field.Clear();
        while (c >= 0 && c != delimiter && c is not ('\n' or '\r'))
        {
            Add((char)c);
            // What needs no look is taken in one piece.
            var rest = _buffer.AsSpan(_at, _length - _at);
            var n = rest.IndexOfAny(delimiter, '\n', '\r');
            if (n < 0) n = rest.Length;
            if (n > 0)
            {
                if (_field.Length + n > MaxField) TooLong();
                _field.Append(rest[..n]);
                _at += n;
            }

            c = Next();
        }

        return c;
    }

    private int Quoted()
    {
        _field.Clear();
        while (true)
        {
            var c = Next();
            if (c < 0) throw new RuleBroken("import.unreadable", "A quotation mark that opens in row {0} is never closed.", Record + 1);
            if (c != '"')
            {
                Add((char)c);
                continue;
            }

            c = Next();
            if (c == '"')
            {
                Add('"');
                continue;
            }

            // Something behind the closing mark: «"a" b» is what some programs write; nothing of it is lost.
            while (c >= 0 && c != delimiter && c is not ('\n' or '\r'))
            {
                Add((char)c);
                c = Next();
            }

            return c;
        }
    }

    private void Add(char c)
    {
        if (_field.Length >= MaxField) TooLong();
        _field.Append(c);
    }

    private void TooLong() => throw new RuleBroken("import.unreadable", "A cell in row {0} is too long: this is perhaps no CSV file, or a quotation mark is not closed.", Record + 1);

    private bool IsEnd(int c)
    {
        if (c == '\r')
        {
            if (Peek() == '\n') _at++;
            return true;
        }

        return c == '\n';
    }

    private int Next() => _at < _length || Fill() ? _buffer[_at++] : -1;

    private int Peek() => _at < _length || Fill() ? _buffer[_at] : -1;

    private bool Fill()
    {
        _length = text.Read(_buffer, 0, _buffer.Length);
        _at = 0;
        return _length > 0;
    }
}
