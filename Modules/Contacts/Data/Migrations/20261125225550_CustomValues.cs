using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Contacts.Data.Migrations
{
    /// <inheritdoc />
    public partial class CustomValues : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "custom",
                schema: "contacts",
                table: "contacts",
                type: "jsonb",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_contacts_custom",
                schema: "contacts",
                table: "contacts",
                column: "custom",
                filter: "custom is not null")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "jsonb_path_ops" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_contacts_custom",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "custom",
                schema: "contacts",
                table: "contacts");
        }
    }
}
