using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>A member of staff who may sign in. Belongs to a branch (the home of what he makes); may see others as well.</summary>
internal sealed class User : Entity, IStamped, IVersioned, IBranchScoped
{
    private User()
    {
    }

    public User(string userName, string name, Guid branchId)
    {
        UserName = userName.ToLowerInvariant();
        Name = name;
        BranchId = branchId;
        SecurityStamp = NewStamp();
    }

    /// <summary>What is typed at sign-in: lower case, unique.</summary>
    public string UserName { get; private set; } = "";

    public string Name { get; set; } = "";

    public string? Email { get; set; }

    public string? Mobile { get; set; }

    [Secret]
    [Display(Name = "Password")]
    public string? PasswordHash { get; private set; }

    /// <summary>Since when a code is asked for after the password; null when none is.</summary>
    [Display(Name = "Two factor since")]
    public DateTimeOffset? TwoFactorSince { get; private set; }

    [NotAudited]
    public string SecurityStamp { get; private set; } = "";

    public bool Active { get; private set; } = true;

    public Guid BranchId { get; set; }

    /// <summary>Further branches whose records the user sees.</summary>
    [Display(Name = "Branches")]
    public List<Guid> BranchIds { get; set; } = [];

    /// <summary>Head office: sees every branch, also ones made later.</summary>
    public bool SeesAllBranches { get; set; }

    public List<Guid> RoleIds { get; set; } = [];

    /// <summary>Provinces that rights with the scope «province» reach.</summary>
    [Display(Name = "Provinces")]
    public List<int> ProvinceIds { get; set; } = [];

    public string Language { get; set; } = "fa";

    public CalendarKind Calendar { get; set; } = CalendarKind.Jalali;

    public string TimeZone { get; set; } = Zones.Default;

    public string Theme { get; set; } = "auto";

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    /// <summary>A new password ends every session and token made by the old one.</summary>
    public void SetPassword(string hash)
    {
        PasswordHash = hash;
        SecurityStamp = NewStamp();
    }

    /// <summary>The same password, hashed as strongly as is usual today: nobody is signed out for that.</summary>
    public void Rehash(string hash) => PasswordHash = hash;

    public void TurnOnTwoFactor(DateTimeOffset now) => TwoFactorSince = now;

    public void TurnOffTwoFactor() => TwoFactorSince = null;

    public void Activate() => Active = true;

    public void Deactivate()
    {
        Active = false;
        SecurityStamp = NewStamp();
    }

    private static string NewStamp() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}

internal sealed class UserMapping : IEntityTypeConfiguration<User>
{
    public void Configure(EntityTypeBuilder<User> b)
    {
        b.ToTable("users");
        b.Property(u => u.UserName).HasMaxLength(60);
        b.Property(u => u.Name).HasMaxLength(120);
        b.Property(u => u.Email).HasMaxLength(200);
        b.Property(u => u.Mobile).HasMaxLength(20);
        b.Property(u => u.PasswordHash).HasMaxLength(400);
        b.Property(u => u.SecurityStamp).HasMaxLength(40);
        b.Property(u => u.Language).HasMaxLength(2);
        b.Property(u => u.TimeZone).HasMaxLength(60);
        b.Property(u => u.Theme).HasMaxLength(10);
        b.Property(u => u.ProvinceIds).HasDefaultValueSql("'{}'");
        b.HasIndex(u => u.UserName).IsUnique();
    }
}
