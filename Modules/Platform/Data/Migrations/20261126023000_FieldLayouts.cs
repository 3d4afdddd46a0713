using Crm.Platform.Data;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Platform.Data.Migrations
{
    /// <inheritdoc />
    [DbContext(typeof(PlatformDb))]
    [Migration("20261126023000_FieldLayouts")]
    public partial class FieldLayouts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) =>
            migrationBuilder.AddColumn<string>(name: "layouts", schema: "platform", table: "custom_fields", type: "jsonb", nullable: true);

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            migrationBuilder.DropColumn(name: "layouts", schema: "platform", table: "custom_fields");
    }
}
