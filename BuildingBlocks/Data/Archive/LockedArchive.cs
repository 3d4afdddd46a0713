using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Data;

/// <summary>
/// An archive under a passphrase: AES-256-GCM over pieces of 64 KB, the key by PBKDF2 from the passphrase and a salt of its own. Each piece is sealed with its place and whether it is the last, so that none can be
/// changed, exchanged or cut off unseen, and any of them can be read without those before it.
/// </summary>
internal static class LockedArchive
{
    public const int HeaderLength = 48;
    public const int Piece = 64 * 1024;
    public const int Tag = 16;
    private const int Rounds = 600_000;
    private const int MostRounds = 10_000_000;

    private static ReadOnlySpan<byte> Magic => "CRMLOCK1"u8;

    public static bool IsLocked(ReadOnlySpan<byte> head) => head.StartsWith(Magic);

    /// <summary>Header and key of a new one.</summary>
    public static (byte[] Header, AesGcm Cipher) New(string passphrase)
    {
        var header = new byte[HeaderLength];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Rounds);
        RandomNumberGenerator.Fill(header.AsSpan(16, 16));
        var (key, proof) = KeyOf(passphrase, header);
        proof.CopyTo(header, 32);
        return (header, new AesGcm(key, Tag));
    }

    /// <summary>Key of one that is there; null for the wrong passphrase.</summary>
    public static AesGcm? Open(string passphrase, byte[] header)
    {
        var (key, proof) = KeyOf(passphrase, header);
        return CryptographicOperations.FixedTimeEquals(proof, header.AsSpan(32, 16)) ? new AesGcm(key, Tag) : null;
    }

    public static void Nonce(Span<byte> nonce, long piece, bool last)
    {
        nonce.Clear();
        nonce[0] = last ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64BigEndian(nonce[4..], piece);
    }

    private static (byte[] Key, byte[] Proof) KeyOf(string passphrase, byte[] header)
    {
        var rounds = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8));
        if (rounds is < 1 or > MostRounds) throw new InvalidDataException("The header is damaged.");
        var derived = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(passphrase), header.AsSpan(16, 16), rounds, HashAlgorithmName.SHA256, 48);
        return (derived[..32], derived[32..]);
    }
}

/// <summary>Seals what is written.</summary>
internal sealed class LockingStream : Stream
{
    private readonly Stream _inner;
    private readonly byte[] _header;
    private readonly AesGcm _cipher;
    private readonly byte[] _plain = new byte[LockedArchive.Piece];
    private readonly byte[] _sealed = new byte[LockedArchive.Piece + LockedArchive.Tag];
    private int _length;
    private long _piece;
    private bool _whole;

    public LockingStream(Stream inner, string passphrase)
    {
        _inner = inner;
        (_header, _cipher) = LockedArchive.New(passphrase);
        _inner.Write(_header);
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            // A full piece is sealed only when it is known that another follows.
            if (_length == _plain.Length) Seal(last: false);
            var some = Math.Min(buffer.Length, _plain.Length - _length);
            buffer[..some].CopyTo(_plain.AsSpan(_length));
            _length += some;
            buffer = buffer[some..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return default;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Everything was written. Without this word what lies there is not a whole archive.</summary>
    public void Finish()
    {
        Seal(last: true);
        _whole = true;
        _inner.Flush();
    }

    public override void Flush()
    {
        // What is not a full piece yet waits for more.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _cipher.Dispose();
        base.Dispose(disposing);
    }

    private void Seal(bool last)
    {
        if (_whole) throw new InvalidOperationException("The archive is finished.");
        Span<byte> nonce = stackalloc byte[12];
        LockedArchive.Nonce(nonce, _piece++, last);
        _cipher.Encrypt(nonce, _plain.AsSpan(0, _length), _sealed.AsSpan(0, _length), _sealed.AsSpan(_length, LockedArchive.Tag), _header);
        _inner.Write(_sealed, 0, _length + LockedArchive.Tag);
        _length = 0;
    }
}

/// <summary>Opens what was sealed, from any place on.</summary>
internal sealed class UnlockingStream : Stream
{
    private const int Whole = LockedArchive.Piece + LockedArchive.Tag;
    private readonly Stream _inner;
    private readonly byte[] _header;
    private readonly AesGcm _cipher;
    private readonly long _pieces;
    private readonly byte[] _sealed = new byte[Whole];
    private readonly byte[] _plain = new byte[LockedArchive.Piece];
    private long _at = -1;
    private int _length;

    public UnlockingStream(Stream inner, byte[] header, AesGcm cipher)
    {
        (_inner, _header, _cipher) = (inner, header, cipher);
        var body = inner.Length - header.Length;
        _pieces = (body + Whole - 1) / Whole;
        Length = body - (_pieces * LockedArchive.Tag);
        // The last piece is sealed as the last: a file that was cut off between two pieces is found out here.
        if (Length < 0 || _pieces == 0) throw new InvalidDataException("The archive is cut off.");
        Load(_pieces - 1);
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length { get; }

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        if (Position >= Length || buffer.Length == 0) return 0;
        var piece = Position / LockedArchive.Piece;
        if (piece != _at) Load(piece);
        var within = (int)(Position % LockedArchive.Piece);
        var some = Math.Min(buffer.Length, _length - within);
        _plain.AsSpan(within, some).CopyTo(buffer);
        Position += some;
        return some;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => Position + offset, _ => Length + offset };

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _cipher.Dispose();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Load(long piece)
    {
        _inner.Position = _header.Length + (piece * Whole);
        var read = _inner.ReadAtLeast(_sealed, Whole, throwOnEndOfStream: false);
        if (read < LockedArchive.Tag) throw new InvalidDataException("The archive is cut off.");
        Span<byte> nonce = stackalloc byte[12];
        LockedArchive.Nonce(nonce, piece, piece == _pieces - 1);
        _at = -1;
        _length = read - LockedArchive.Tag;
        _cipher.Decrypt(nonce, _sealed.AsSpan(0, _length), _sealed.AsSpan(_length, LockedArchive.Tag), _plain.AsSpan(0, _length), _header);
        _at = piece;
    }
}
