using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>An attachment of some record. The bytes lie on disk under their hash; two records with the same bytes share them.</summary>
internal sealed class FileRecord : Entity, IStamped, IBranchScoped
{
    private FileRecord()
    {
    }

    public FileRecord(string owner, Guid ownerId, string permission, string name, string contentType, long size, string sha256)
    {
        Owner = owner;
        OwnerId = ownerId;
        Permission = permission;
        Name = name;
        ContentType = contentType;
        Size = size;
        Sha256 = sha256;
    }

    /// <summary>Kind of record it hangs on, for example <c>routines.stage</c>.</summary>
    [NotTold]
    public string Owner { get; private set; } = "";

    public Guid OwnerId { get; private set; }

    public void MoveTo(Guid ownerId) => OwnerId = ownerId;

    /// <summary>Who may fetch it.</summary>
    public string Permission { get; private set; } = "";

    public string Name { get; private set; } = "";

    /// <summary>By content, never by name.</summary>
    public string ContentType { get; private set; } = "";

    public long Size { get; private set; }

    [NotTold]
    public string Sha256 { get; private set; } = "";

    public Guid BranchId { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }
}

internal sealed class FileRecordMapping : IEntityTypeConfiguration<FileRecord>
{
    public void Configure(EntityTypeBuilder<FileRecord> b)
    {
        b.ToTable("files");
        b.Property(f => f.Owner).HasMaxLength(60);
        b.Property(f => f.Permission).HasMaxLength(100);
        b.Property(f => f.Name).HasMaxLength(200);
        b.Property(f => f.ContentType).HasMaxLength(100);
        b.Property(f => f.Sha256).HasMaxLength(64).IsFixedLength();
        b.HasIndex(f => new { f.OwnerId, f.Owner });
        b.HasIndex(f => f.Sha256);
    }
}
